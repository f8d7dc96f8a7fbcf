"""The model file of a pack: a header in TOML, a line of three dashes, the weights as base64 text. `make train` writes it, the classifier reads it."""

import base64
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from streams.policy.features import BITS

MODEL, CONCEPTS = "model.txt", "concepts.toml"
MAX_MODEL_BYTES = 10 << 20
_LINE = 160


class ModelError(ValueError):
    """A model file that cannot be used; says why."""


@dataclass(frozen=True)
class Output:
    """What one column of weights stands for. `threshold`: the logit that scores 0.5; `floor`: the lowest that is reported."""

    category: str
    kind: str
    scale: float
    bias: float
    threshold: float
    floor: float

    @property
    def rule(self) -> str:
        """The name that detections carry."""
        return f"{self.category}.model-{self.kind}"


@dataclass(frozen=True)
class Model:
    """Weights as integers: a table for n-grams, one for concepts; a row per bucket, a column per output; what rows add to the squared length."""

    header: Mapping[str, Any]
    outputs: tuple[Output, ...]
    ngrams: npt.NDArray[np.int8]  # (2 ** (BITS + 1), outputs)
    ngram_squares: npt.NDArray[np.uint8]
    concepts: npt.NDArray[np.int8]  # (lexicon.size, outputs)
    concept_squares: npt.NDArray[np.uint8]

    @property
    def version(self) -> int:
        return self.header["version"]


def digest(text: str) -> str:
    """16 hexadecimal characters that name a text."""
    return sha256(text.encode()).hexdigest()[:16]


def render(header: str, arrays: list[npt.NDArray]) -> str:
    """The text of a model file."""
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
        topics = {name for names in header["topics"].values() for name in names}
        rows, trained_with = header["concept_rows"], header["concepts"]
        packed = zlib.decompress(base64.b64decode("".join(body.split()), validate=True))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise ModelError(f"damaged ({type(error).__name__}: {error})") from error
    if header.get("bits") != BITS:
        raise ModelError(f"made for {header.get('bits')} bits; this version reads {BITS}")
    if trained_with != digest(concepts):
        raise ModelError(f"trained with other concepts than {CONCEPTS} holds")
    if unknown := topics - tomllib.loads(concepts).keys():
        raise ModelError(f"topics that {CONCEPTS} does not hold: {', '.join(sorted(unknown))}")
    buckets, count = 2 << BITS, len(outputs)
    sizes = [buckets * count, buckets, rows * count, rows]
    if len(packed) != sum(sizes):
        raise ModelError(f"{len(packed)} bytes of weights; the header promises {sum(sizes)}")
    whole = np.frombuffer(packed, dtype=np.int8)
    ngrams, squares, concept_weights, concept_squares = np.split(whole, np.cumsum(sizes)[:-1])
    shaped = ngrams.reshape(buckets, count), squares.view(np.uint8), concept_weights.reshape(rows, count), concept_squares.view(np.uint8)
    return Model(header, outputs, *shaped)
