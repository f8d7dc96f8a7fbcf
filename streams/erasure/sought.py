"""What is looked for when a removal is to be proven: raw ids, keyed hashes in each form that they are written in, and any other text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import re2

_BYTES = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1
_BYTES.max_mem = 64 << 20
ID, HASH, TEXT = "id", "hash", "text"
AT_ONCE = 50  # of each kind that one statement looks for: they travel in its address, which has a limit


@dataclass(frozen=True)
class Sought:
    """`ids` count as words of their own (`u-1` is not found in `u-12`), `texts` anywhere; `hashes` as 16 hexadecimal digits, number or 8 bytes."""

    ids: Sequence[str] = ()
    hashes: Sequence[int] = ()
    texts: Sequence[str] = ()

    @cached_property
    def expressions(self) -> Mapping[str, str]:
        """Kind -> regular expression (RE2) over text, of the kinds that are looked for."""
        hashes = [form for each in self.hashes for form in (f"{each:016x}", str(each))]
        found = {ID: [_word(each) for each in self.ids], HASH: [_word(each) for each in hashes], TEXT: [re2.escape(each) for each in self.texts]}
        return {kind: "|".join(forms) for kind, forms in found.items() if forms}

    @cached_property
    def numbers(self) -> list[bytes]:
        """Hashes as eight bytes, little and big end first."""
        return [each.to_bytes(8, order) for each in self.hashes for order in ("little", "big")]

    @cached_property
    def programs(self) -> Mapping[str, Any]:
        """Kind -> compiled expression over bytes."""
        forms = {kind: expression.encode() for kind, expression in self.expressions.items()}
        if self.numbers:
            forms[HASH] += b"|" + b"|".join(_raw(number) for number in self.numbers)
        return {kind: re2.compile(form, options=_BYTES) for kind, form in forms.items()}

    @cached_property
    def any(self) -> Any:
        """All of it in one program: most of what is read holds nothing."""
        return re2.compile(b"|".join(program.pattern for program in self.programs.values()), options=_BYTES)

    @cached_property
    def longest(self) -> int:
        """Bytes of the longest form."""
        return max(24, *(len(each.encode()) for each in (*self.ids, *self.texts)), 0)

    def portions(self) -> Iterator["Sought"]:
        """The same in parts that one statement can carry."""
        for first in range(0, max(map(len, (self.ids, self.hashes, self.texts))), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            yield Sought(self.ids[part], self.hashes[part], self.texts[part])

    def __bool__(self) -> bool:
        return bool(self.expressions)


def _word(text: str) -> str:
    """A boundary only where the text has a letter, digit or underscore to be a boundary of."""
    before, after = (r"\b" if end.isascii() and (end.isalnum() or end == "_") else "" for end in (text[0], text[-1]))
    return f"{before}{re2.escape(text)}{after}"


def _raw(number: bytes) -> bytes:
    return "".join(f"\\x{byte:02x}" for byte in number).encode()
