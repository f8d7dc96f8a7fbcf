"""Progress on standard error: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_S = 3.0

Advance = Callable[[float], None]  # takes how far it is, in the unit of the total


@contextmanager
def progress(title: str, total: float | None) -> Iterator[Advance]:
    """Show how far something is. `total` None: its end is not known.

    >>> with progress("counting", 10) as advance:
    ...     advance(5)
    """
    if sys.stderr.isatty():
        with _bar(title, total) as advance:
            yield advance
    else:
        yield _lines(title, total)


@contextmanager
def _bar(title: str, total: float | None) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(title, total=total)
        yield lambda position: shown.update(task, completed=position)


def _lines(title: str, total: float | None) -> Advance:
    last = time.monotonic()

    def advance(position: float) -> None:
        nonlocal last
        if time.monotonic() - last >= EVERY_S:
            last = time.monotonic()
            share = f" {100 * position / total:.0f} %" if total else f" {position:.0f}"
            sys.stderr.write(f"{title}:{share}\n")
            sys.stderr.flush()

    return advance
