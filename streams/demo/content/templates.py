"""A text with slots: `{city}` stands for one of a list, `{3-9}` for a whole number; `a(n) {job}` takes the article that fits."""

import re
from collections.abc import Mapping, Sequence
from random import Random

_ARTICLE = "(n) "
_SLOT = re.compile(r"\{([a-z_]+|\d+-\d+)\}")

Slots = Mapping[str, Sequence[str]]


class Template:
    """Read once, filled often. Slots of one name in one text are filled differently."""

    __slots__ = ("_parts", "text")

    def __init__(self, text: str, slots: Slots) -> None:
        """
        Raises:
            KeyError: a slot has no list.
        """
        self.text = text
        pieces = _SLOT.split(text)
        seen: dict[str, int] = {}
        self._parts: list[str | tuple[Sequence[str], int]] = []
        for index, piece in enumerate(pieces):
            if index % 2 == 0:
                self._parts.append(piece)
                continue
            values = _numbers(piece) if "-" in piece else slots[piece]
            self._parts.append((values, seen.get(piece, 0)))
            seen[piece] = seen.get(piece, 0) + 1

    def fill(self, random: Random) -> str:
        """The text with its slots filled."""
        filled, first = [], 0.0
        for part in self._parts:
            if isinstance(part, str):
                filled.append(part)
                continue
            values, repeat = part
            if not repeat:
                first = random.random()
            value = values[(int(first * len(values)) + repeat) % len(values)]
            if filled[-1].endswith(_ARTICLE):
                filled[-1] = filled[-1][: -len(_ARTICLE)] + ("n " if value[0] in "aeio" else " ")
            filled.append(value)
        return "".join(filled)


def _numbers(span: str) -> Sequence[str]:
    low, high = map(int, span.split("-"))
    return _Range(low, high)


class _Range(Sequence[str]):
    """Whole numbers from `low` to `high` as texts, without a list of them."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._length = low, high - low + 1

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return str(self._low + index)
