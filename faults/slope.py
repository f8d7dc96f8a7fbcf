"""How fast memory grows: least squares over samples of a part's lives, each from its own level, without the warm-up of each."""

from collections.abc import Sequence
from typing import NamedTuple

LEAST_SPAN_S = 20 * 60  # of less nothing is said: noise of a few MiB would become many per hour


class Sample(NamedTuple):
    """`at`: seconds, of any clock; `mib`: resident memory of a process and its children."""

    at: float
    mib: float


Life = Sequence[Sample]  # of one process, from its start to its end


class Slope(NamedTuple):
    """Growth in MiB per hour; None where too little of it was seen. `span_s` and `samples`: what it rests on."""

    mib_per_hour: float | None
    span_s: float
    samples: int
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
    over = under = 0.0
    for life in warm:
        at, mib = sum(each.at for each in life) / len(life), sum(each.mib for each in life) / len(life)
        over += sum((each.at - at) * (each.mib - mib) for each in life)
        under += sum((each.at - at) ** 2 for each in life)
    longest = max(warm, key=lambda life: life[-1].at - life[0].at)
    return Slope(over / under * 3_600, span, count, longest[0].mib, longest[-1].mib)
