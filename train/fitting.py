"""Linear support vector machines, one per output, over vectors of three parts."""

import warnings
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

Floats = npt.NDArray[np.float32]


class Fit(NamedTuple):
    """`weights`: (features, outputs); `biases`: (outputs)."""

    weights: Floats
    biases: Floats

    def margins(self, vectors: sparse.csr_matrix) -> Floats:
        """(rows, outputs)."""
        return np.asarray(vectors @ self.weights + self.biases, dtype=np.float32)


def fit(vectors: sparse.csr_matrix, labels: npt.NDArray[np.bool_], weights: Floats, *, cost: float, seed: int) -> Fit:
    """`labels`, `weights`: (rows, outputs); how much a row counts for an output. `cost`: of an error, against large weights."""
    found = []
    for column in range(labels.shape[1]):
        used = np.flatnonzero(weights[:, column])
        machine = LinearSVC(C=cost, max_iter=400, tol=1e-3, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            machine.fit(vectors[used], labels[used, column], sample_weight=weights[used, column])
        found.append((machine.coef_[0], machine.intercept_[0]))
    return Fit(np.array([each[0] for each in found], dtype=np.float32).T, np.array([each[1] for each in found], dtype=np.float32))


def fit_one(vectors: sparse.csr_matrix, labels: npt.NDArray[np.bool_], weights: Floats, *, cost: float, seed: int) -> Fit:
    """The same for one output; `labels`, `weights`: (rows)."""
    return fit(vectors, labels[:, None], weights[:, None], cost=cost, seed=seed)


def slopes(margins: Floats, labels: npt.NDArray[np.bool_]) -> list[float]:
    """How fast the odds grow with the margin of each output (Platt 1999): a logistic curve through held-out margins."""
    found = []
    for column in range(labels.shape[1]):
        known = np.isfinite(margins[:, column])
        curve = LogisticRegression(C=1.0).fit(margins[known, column : column + 1], labels[known, column])
        found.append(float(np.clip(curve.coef_[0][0], 1.0, 8.0)))
    return found
