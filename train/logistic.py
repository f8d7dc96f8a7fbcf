"""Logistic regression, one per output over shared features, by L-BFGS in numpy."""

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Objective = Callable[[Array], tuple[float, Array]]
MEMORY, ENOUGH = 6, 3e-5


def fit(features: Array, labels: Array, weights: Array, *, l2: float, iterations: int) -> tuple[Array, Array]:
    """Weights (features, outputs) and biases (outputs). `labels`: 0 or 1; `weights`: (rows, outputs), how much each label counts."""
    rows, columns = features.shape
    outputs = labels.shape[1]

    def objective(point: Array) -> tuple[float, Array]:
        matrix = point.reshape(columns + 1, outputs)
        logits = features @ matrix[:-1] + matrix[-1]
        loss = (weights * (np.logaddexp(0, logits) - labels * logits)).sum(dtype=np.float64) + 0.5 * l2 * (matrix[:-1] ** 2).sum(dtype=np.float64)
        residuals = weights * (1 / (1 + np.exp(-logits)) - labels)
        gradient = np.empty_like(matrix)
        gradient[:-1] = features.T @ residuals + l2 * matrix[:-1]
        gradient[-1] = residuals.sum(0)
        return float(loss) / rows, gradient.ravel() / np.float32(rows)

    start = np.zeros((columns + 1, outputs), dtype=np.float32)
    start[-1] = -4
    best = minimize(objective, start.ravel(), iterations).reshape(columns + 1, outputs)
    return best[:-1], best[-1]


def minimize(objective: Objective, point: Array, iterations: int) -> Array:
    """L-BFGS with backtracking; stops when an iteration gains less than `ENOUGH` of the value."""
    history: deque[tuple[Array, Array]] = deque(maxlen=MEMORY)
    value, gradient = objective(point)
    for iteration in range(iterations):
        direction = _direction(gradient, history)
        slope, step = float(np.vdot(gradient, direction)), np.float32(1)
        while True:
            moved = point + step * direction
            reached, steeper = objective(moved)
            if reached <= value + 1e-4 * float(step) * slope:
                break
            step /= 2
            if step < 1e-6:
                return point
        history.append((moved - point, steeper - gradient))
        gained, (point, value, gradient) = value - reached, (moved, reached, steeper)
        if iteration > 8 and gained < ENOUGH * abs(value):
            break
    return point


def _direction(gradient: Array, history: deque[tuple[Array, Array]]) -> Array:
    direction, shares = -gradient, []
    for move, change in reversed(history):
        share = np.vdot(move, direction) / np.vdot(move, change)
        shares.append(share)
        direction = direction - share * change
    if history:
        move, change = history[-1]
        direction = direction * (np.vdot(move, change) / np.vdot(change, change))
    else:
        direction = direction / np.float32(max(1e-9, float(np.abs(gradient).sum())))
    for (move, change), share in zip(history, reversed(shares), strict=True):
        direction = direction + (share - np.vdot(change, direction) / np.vdot(move, change)) * move
    return direction
