"""The week: busy and quiet hours where the organization is."""

import pytest

from streams.demo.rhythm import HOURS_PER_WEEK, hour_of_week, weekly_curve, weekly_totals

MONDAY, SATURDAY = 0, 5 * 24


@pytest.mark.parametrize("rhythm", ["office", "evening", "school", "machine"])
def test_a_curve_has_168_hours_and_mean_one(rhythm: str) -> None:
    curve = weekly_curve(rhythm, 0)
    assert len(curve) == HOURS_PER_WEEK
    assert sum(curve) / HOURS_PER_WEEK == pytest.approx(1)


def test_an_office_works_by_day_and_rests_at_weekends() -> None:
    curve = weekly_curve("office", 0)
    assert curve[MONDAY + 10] > 10 * curve[MONDAY + 3]
    assert curve[MONDAY + 10] > 5 * curve[SATURDAY + 10]


def test_people_at_home_are_busiest_in_the_evening_and_at_weekends() -> None:
    curve = weekly_curve("evening", 0)
    assert max(range(24), key=lambda hour: curve[hour]) == 20
    assert curve[SATURDAY + 20] > curve[MONDAY + 20]


def test_machines_hardly_care() -> None:
    curve = weekly_curve("machine", 0)
    assert max(curve) < 1.5 * min(curve)


def test_the_curve_moves_with_the_time_zone() -> None:
    assert weekly_curve("office", -6)[MONDAY + 16] == weekly_curve("office", 0)[MONDAY + 10]
    assert weekly_curve("office", 9)[MONDAY + 1] == weekly_curve("office", 0)[MONDAY + 10]


def test_the_week_begins_on_monday_at_midnight_utc() -> None:
    assert hour_of_week(1_780_272_000) == 0  # 2026-06-01T00:00:00Z, a Monday
    assert hour_of_week(1_780_272_000 - 1) == HOURS_PER_WEEK - 1


def test_all_together_have_mean_one_weighted_by_volume() -> None:
    office, home = weekly_curve("office", 0), weekly_curve("evening", 0)
    totals = weekly_totals([office, home], [3.0, 1.0])
    assert sum(totals) / HOURS_PER_WEEK == pytest.approx(1)
    assert totals[10] == pytest.approx((3 * office[10] + home[10]) / 4)
