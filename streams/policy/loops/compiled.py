"""The loops in C (kernel.c), by ctypes. Set-up compiles them (scripts in hatch_build.py); the file's name tells which source it was made of."""

import ctypes
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from streams.policy.features import POWERS, Codes, Words
from streams.policy.literals import Hits, Literals, Needs
from streams.policy.normal import ALONE, codes_of
from streams.policy.ranges import Integers
from streams.policy.table import Table

SOURCE = Path(__file__).with_name("kernel.c")
_COUNTS = "plumbline_normal", "plumbline_count", "plumbline_literals", "plumbline_candidates"
_OTHERS = "plumbline_words", "plumbline_numbers", "plumbline_sums", "plumbline_characters"


def compiled_path(source: Path = SOURCE) -> Path:
    """Where the compiled form of the source stands, if it was made."""
    return source.with_name(f"_kernel-{sha256(source.read_bytes()).hexdigest()[:12]}.so")


def library() -> ctypes.CDLL | None:
    """The compiled loops, if set-up could make them."""
    try:
        found = ctypes.CDLL(str(compiled_path()))
    except OSError:
        return None
    for name in (*_COUNTS, *_OTHERS):
        getattr(found, name).restype = ctypes.c_int64 if name in _COUNTS else None
    return found


class Compiled:
    def __init__(self, found: ctypes.CDLL) -> None:
        self._library = found
        self._table = np.zeros(sys.maxunicode + 1, dtype=np.uint32)  # filled as characters are met
        self._table[:0x80] = [codes_of(code) for code in range(0x80)]

    def normal(self, texts: Sequence[str]) -> bytes:
        whole = b"\xff".join([*(text.encode("utf-8", "surrogatepass") for text in texts), b""])
        out = np.empty(2 * len(whole) + 3, dtype=np.uint8)
        while (size := self._call("normal", whole, len(whole), self._table, out)) < 0:
            self._table[-1 - size] = codes_of(-1 - size)
        return out[:size].tobytes()

    def words(self, normal: bytes) -> Words:
        count = self._call("count", normal, len(normal))
        starts, ends, keys = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64), np.empty((3, count), dtype=np.uint64)
        self._call("words", normal, POWERS, count, starts, ends, keys)
        return Words(normal, starts, ends, keys)

    def numbers(self, table: Table, keys: Codes) -> npt.NDArray[np.uint32]:
        out = np.empty(keys.shape, dtype=np.uint32)
        self._call("numbers", keys, keys.size, table.known, out)
        return out

    def literals(self, literals: Literals, normal: bytes) -> tuple[Integers, Integers]:
        given = normal, len(normal), literals.firsts, literals.begun, literals.bits, literals.slots, literals.shift, literals.numbers
        return self._as_many_as_there_are("literals", given, len(normal) // 16 + 8)

    def candidates(self, needs: Needs, hits: Hits) -> tuple[Integers, Integers]:
        lists = [each for of in (needs.first, needs.second) for each in (of.starts, of.sizes, of.members)]
        noted = np.empty((2, len(needs.alone)), dtype=np.int64)
        given = hits.numbers, hits.texts, len(hits.numbers), *lists, needs.alone, len(needs.alone), noted[0], noted[1]
        texts, patterns = self._as_many_as_there_are("candidates", given, len(needs.alone))
        order = np.lexsort((patterns, texts))
        return texts[order], patterns[order]

    def sums(self, table: Table, numbers: npt.NDArray[np.uint32], starts: Integers, ends: Integers) -> npt.NDArray[np.int32]:
        out = np.zeros((len(starts), table.columns), dtype=np.int32)
        self._call("sums", numbers, numbers.shape[1], starts, ends, len(starts), table.rows, table.columns, out)
        return out

    def characters(self, table: Table, words: Words, starts: Integers, ends: Integers) -> npt.NDArray[np.int32]:
        out = np.zeros((len(starts), table.columns), dtype=np.int32)
        self._call("characters", words.normal, words.starts, words.ends, starts, ends, len(starts), table.known, table.rows, table.columns, out)
        return out

    def _as_many_as_there_are(self, name: str, given: tuple[npt.NDArray | bytes | int, ...], room: int) -> tuple[Integers, Integers]:
        """Two numbers of each that is found: asked again where there was no room for all."""
        found = np.empty((2, room), dtype=np.int64)
        count = self._call(name, *given, room, found[0], found[1])
        return (found[0, :count], found[1, :count]) if count <= room else self._as_many_as_there_are(name, given, count)

    def _call(self, name: str, *arguments: npt.NDArray | bytes | int) -> int:
        return getattr(self._library, f"plumbline_{name}")(*map(_passed, arguments))


def _passed(argument: npt.NDArray | bytes | int) -> ctypes.c_void_p | ctypes.c_int64 | bytes:
    """As C takes it: arrays by their first element, which must stand side by side with the rest."""
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise ValueError(f"an array of shape {argument.shape} that does not lie in one piece")
        return ctypes.c_void_p(argument.ctypes.data)
    return argument if isinstance(argument, bytes) else ctypes.c_int64(argument)


assert ALONE == 1 << 31  # noqa: S101 - kernel.c says the same
