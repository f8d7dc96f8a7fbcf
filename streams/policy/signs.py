"""Which of many texts may hide their words: one scan for the signs of it (streams/policy/tamper.py)."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from streams.policy.database import database_of
from streams.policy.folding import folded
from streams.policy.surroundings import encoded
from streams.policy.tamper import SIGNS


class SignScan:
    """Too many are named, never too few; without Hyperscan, all. One per process or thread."""

    def __init__(self, *, cache: Path | None = None, with_hyperscan: bool = True) -> None:
        sources = sorted({anchor for sign in SIGNS for anchor in sign.anchors})
        self._database = database_of(sources, cache, literal=False) if with_hyperscan else None

    def suspects(self, texts: Sequence[str]) -> Sequence[int]:
        """Numbers of the texts that may show a sign, in ascending order."""
        if self._database is None:
            return range(len(texts))
        whole = "\n".join(texts)
        # a line end is part of no sign, so that none reaches from one text into the next
        parts = [whole.encode()] if whole.isascii() else [encoded(folded(text)) for text in texts]
        ends: list[int] = []
        self._database.scan(b"\n".join(parts), match_event_handler=lambda _number, _start, end, _flags, _context: ends.append(end))
        if not ends:
            return ()
        starts = list(accumulate((len(part) + 1 for part in (texts if len(parts) != len(texts) else parts)), initial=0))
        return sorted({bisect_right(starts, end - 1) - 1 for end in ends})
