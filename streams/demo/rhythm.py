"""When people work: a curve over the week for each kind of day, in the organization's own time."""

from collections.abc import Sequence

HOURS_PER_WEEK = 168
_MONDAY_OFFSET = 72  # 1970-01-01 was a Thursday

# Relative to the busiest hour, from midnight on.
_OFFICE = (3, 2, 2, 2, 3, 6, 15, 35, 70, 95, 100, 95, 70, 85, 95, 90, 80, 55, 30, 18, 12, 9, 6, 4)
_EVENING = (22, 12, 7, 5, 5, 8, 18, 32, 42, 46, 50, 56, 62, 58, 56, 58, 64, 74, 86, 96, 100, 92, 68, 42)
_SCHOOL = (1, 1, 1, 1, 1, 2, 8, 25, 45, 50, 48, 44, 40, 52, 74, 92, 100, 96, 84, 66, 40, 16, 5, 2)
_MACHINE = (88, 92, 96, 94, 90, 86, 84, 84, 90, 96, 100, 98, 94, 94, 96, 96, 94, 90, 86, 84, 82, 82, 84, 86)
_WEEKEND = {"office": 0.14, "evening": 1.12, "school": 0.42, "machine": 0.9}
_DAYS = {"office": _OFFICE, "evening": _EVENING, "school": _SCHOOL, "machine": _MACHINE}


def weekly_curve(rhythm: str, utc_offset_h: float) -> tuple[float, ...]:
    """168 factors with mean 1, from Monday 00:00 UTC on, of an organization that is `utc_offset_h` ahead of UTC.

    The offset is standard time all year: a demonstration needs no daylight saving.
    """
    day, weekend = _DAYS[rhythm], _WEEKEND[rhythm]
    local = [day[hour % 24] * (weekend if hour // 24 >= 5 else 1.0) for hour in range(HOURS_PER_WEEK)]
    mean = sum(local) / HOURS_PER_WEEK
    shift = round(utc_offset_h)
    return tuple(local[(hour + shift) % HOURS_PER_WEEK] / mean for hour in range(HOURS_PER_WEEK))


def hour_of_week(epoch_s: float) -> int:
    """0 is Monday 00:00 UTC."""
    return (int(epoch_s // 3_600) + _MONDAY_OFFSET) % HOURS_PER_WEEK


def weekly_totals(curves: Sequence[Sequence[float]], volumes: Sequence[float]) -> tuple[float, ...]:
    """All organizations together, hour by hour, with mean 1."""
    total = [sum(volume * curve[hour] for curve, volume in zip(curves, volumes, strict=True)) for hour in range(HOURS_PER_WEEK)]
    mean = sum(total) / HOURS_PER_WEEK
    return tuple(each / mean for each in total)
