"""How fast memory grows: least squares over samples of a part's lives, each from its own level, without the warm-up of each."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

WINDOW_S = 300  # samples within a window depend on each other: the error is taken from windows' means
LEAST_SPAN_S = 20 * 60  # of less nothing is said: noise of a few MiB would become many per hour


class Sample(NamedTuple):
    """`at`: seconds, of any clock; `mib`: resident memory of a process and its children, without files."""

    at: float
    mib: float


Life = Sequence[Sample]  # of one process, from its start to its end


class Slope(NamedTuple):
    """Growth in MiB per hour; None where too little of it was seen. `error`: its standard error. `span_s` and `samples`: what it rests on."""

    mib_per_hour: float | None
    span_s: float
    samples: int
    error: float = 0.0
    first_mib: float = 0.0
    last_mib: float = 0.0


def slope(lives: Sequence[Life], warm_up_s: float, *, least_span_s: float = LEAST_SPAN_S) -> Slope:
    """One slope for all lives: a restart changes the level and not the growth.

    >>> day = [Sample(60.0 * minute, 100 + minute / 30) for minute in range(120)]
    >>> round(slope([day], warm_up_s=600).mib_per_hour, 3)
    2.0
    """
    warm = [[each for each in life if each.at >= life[0].at + warm_up_s] for life in lives]
    warm = [life for life in warm if len(life) > 1]
    span, count = sum(life[-1].at - life[0].at for life in warm), sum(map(len, warm))
    if span < least_span_s:
        return Slope(None, span, count)
    per_s, _ = _fitted(warm)
    _, error = _fitted([_windows(life) for life in warm])
    longest = max(warm, key=lambda life: life[-1].at - life[0].at)
    return Slope(per_s * 3_600, span, count, error * 3_600, longest[0].mib, longest[-1].mib)


def _fitted(lives: Sequence[Life]) -> tuple[float, float]:
    """Slope in MiB per second and its standard error, with a level of its own for each life."""
    centred = [Sample(each.at - middle.at, each.mib - middle.mib) for life in lives for middle in [_mean(life)] for each in life]
    square = sum(each.at**2 for each in centred)
    if not square:
        return 0.0, 0.0
    slope = sum(each.at * each.mib for each in centred) / square
    free = len(centred) - len(lives) - 1
    rest = sum((each.mib - slope * each.at) ** 2 for each in centred)
    return slope, (rest / free / square) ** 0.5 if free > 0 else 0.0


def _windows(life: Life) -> Life:
    """The mean of each window."""
    numbered = groupby(life, key=lambda each: int((each.at - life[0].at) // WINDOW_S))
    return [_mean(list(each)) for _, each in numbered]


def _mean(life: Life) -> Sample:
    return Sample(sum(each.at for each in life) / len(life), sum(each.mib for each in life) / len(life))
