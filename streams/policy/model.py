"""The model file of a pack: a header in TOML, a line of three dashes, the weights as base64 text. `make train` writes it, the classifier reads it."""

import base64
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from streams.policy.table import MOST_ROWS, Table

MODEL, CONCEPTS = "model.txt", "concepts.toml"
MAX_MODEL_BYTES = 10 << 20
FORMAT = 4
PARTS = ("words", "characters", "concepts")
_LINE = 160


class ModelError(ValueError):
    """A model file that cannot be used; says why."""


@dataclass(frozen=True)
class Output:
    """What one column of weights stands for.

    `scales`: what one unit of each part's weights is worth. `threshold`: the margin that scores 0.5; `gate`: the margin of words and concepts alone
    from which the characters are read; `slope`: how fast the odds grow with the margin.
    """

    category: str
    kind: str
    scales: Sequence[float]
    bias: float
    threshold: float
    gate: float
    slope: float

    @property
    def rule(self) -> str:
        """The name that detections carry."""
        return f"{self.category}.model-{self.kind}"


@dataclass(frozen=True)
class Topic:
    """The first gate: whether words alone say that a window may be about any category. `scale`, `bias`: of its margin; `gate`: where it opens."""

    scale: float
    bias: float
    gate: float


@dataclass(frozen=True)
class Model:
    """Weights as small integers: a column per output and a last one with what a row adds to the squared length.

    `topics`: of the same words, the weight for the topic gate and the same last column.
    """

    header: Mapping[str, Any]
    outputs: tuple[Output, ...]
    topic: Topic
    topics: Table
    words: Table
    characters: Table
    concepts: npt.NDArray[np.int8]  # (lexicon.size, outputs + 1)

    @property
    def version(self) -> int:
        return self.header["version"]


def digest(text: str) -> str:
    """16 hexadecimal characters that name a text."""
    return sha256(text.encode()).hexdigest()[:16]


def render(header: str, arrays: Sequence[npt.NDArray]) -> str:
    """The text of a model file. `arrays`: slots, checks, topic weights and rows of words; slots, checks and rows of characters; rows of concepts."""
    packed = base64.b64encode(zlib.compress(b"".join(array.tobytes() for array in arrays), 9)).decode()
    lines = [packed[start : start + _LINE] for start in range(0, len(packed), _LINE)]
    return "\n".join([header.rstrip(), "---", *lines, ""])


def parse(text: str, *, concepts: str) -> Model:
    """Read a model file. `concepts`: the text of the pack's concepts, which it must have been trained with.

    Raises:
        ModelError: it is damaged, of another format, or does not fit the concepts.
    """
    head, dashes, body = text.partition("\n---\n")
    if not dashes:
        raise ModelError("no line of three dashes between header and weights")
    try:
        header = tomllib.loads(head)
        outputs = tuple(Output(**each) for each in header["outputs"])
        sizes = [int(header["rows"][part]) for part in PARTS]
        topic, trained_with, _ = Topic(**header["topic"]), header["concepts"], float(header["doubt"])
        packed = zlib.decompress(base64.b64decode("".join(body.split()), validate=True))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise ModelError(f"damaged ({type(error).__name__}: {error})") from error
    if header.get("format") != FORMAT:
        raise ModelError(f"of format {header.get('format')}; this version reads {FORMAT}")
    if trained_with != digest(concepts):
        raise ModelError(f"trained with other concepts than {CONCEPTS} holds")
    if max(sizes[:2]) > MOST_ROWS:
        raise ModelError(f"of {max(sizes[:2])} rows; a table has at most {MOST_ROWS}")
    return Model(header, outputs, topic, *_tables(packed, sizes, len(outputs) + 1))


def _tables(packed: bytes, sizes: Sequence[int], columns: int) -> tuple[Table, Table, Table, npt.NDArray[np.int8]]:
    words, characters, concepts = sizes
    shapes = [("<u4", words, 1), ("<u2", words, 1), ("i1", words, 1), ("i1", words, columns)]
    shapes += [("<u4", characters, 1), ("<u2", characters, 1), ("i1", characters, columns), ("i1", concepts, columns)]
    lengths = [np.dtype(kind).itemsize * rows * width for kind, rows, width in shapes]
    if len(packed) != sum(lengths):
        raise ModelError(f"{len(packed)} bytes of weights; the header promises {sum(lengths)}")
    found, at = [], 0
    for (kind, rows, width), length in zip(shapes, lengths, strict=True):
        part = np.frombuffer(packed, dtype=kind, count=rows * width, offset=at)
        found.append(part.reshape(rows, width) if kind == "i1" else part)
        at += length
    slots, checks, topics, weights, *others = found
    by_topic = np.concatenate([topics, weights[:, -1:]], axis=1)
    return Table(slots, checks, by_topic), Table(slots, checks, weights), Table(*others[:3]), others[3]
