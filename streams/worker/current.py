"""The runs that are current, as a worker knows them, with the packs that they name on this machine's disk."""

import os
from collections.abc import Sequence
from pathlib import Path

from streams.clickhouse.runs import RunBook
from streams.landing.columns import to_millis
from streams.landing.spans import RunSpan
from streams.policy import Pack


class CurrentRuns:
    """Read them each second and after each landing: while nothing changes, that costs a look at a small table. Threads may share it."""

    def __init__(self, book: RunBook, packs: Path) -> None:
        self._book, self._packs = book, packs
        self._known: tuple[int, Sequence[RunSpan]] = (0, ())  # replaced as one: what is read goes with the state it was read in

    @property
    def spans(self) -> Sequence[RunSpan]:
        """As last read."""
        return self._known[1]

    def read(self) -> Sequence[RunSpan]:
        """The runs that are current now. Packs of runs that this machine has not seen yet are fetched."""
        state, known = self._book.state(), self._known
        if state != known[0]:
            self._known = known = (state, self._spans())
        return known[1]

    def _spans(self) -> Sequence[RunSpan]:
        spans = tuple(RunSpan(run.run_id, run.pack_hash, to_millis(run.valid_from), to_millis(run.valid_to)) for run in self._book.current())
        for pack_hash in {span.pack_hash for span in spans}:
            if not (self._packs / pack_hash).exists():
                keep_pack(self._packs, self._book.pack(pack_hash))
        return spans


def keep_pack(folder: Path, pack: Pack) -> None:
    """Write a pack's files to `folder/<hash>` in one step, so that a process never loads half a pack."""
    target = folder / pack.hash
    if target.exists():
        return
    temporary = folder / f".{pack.hash}.{os.getpid()}"
    for path, text in pack.files.items():
        (temporary / path).parent.mkdir(parents=True, exist_ok=True)
        (temporary / path).write_text(text, encoding="utf-8")
    try:
        temporary.rename(target)
    except OSError:  # another process was first, with the same content
        pass
