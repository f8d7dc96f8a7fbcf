"""The figures of the soak: growth of memory over lives, the age of what waits, and what counts as wrong."""

from random import Random

import pytest

from faults.slope import Sample, slope
from faults.soak import line, wrong

HOUR = 3_600


def life(begin_s: float, end_s: float, level: float, per_hour: float, *, noise: float = 0.0, seed: int = 1) -> list[Sample]:
    chance = Random(seed)
    return [Sample(at, level + per_hour * (at - begin_s) / HOUR + chance.uniform(-noise, noise)) for at in range(int(begin_s), int(end_s), 10)]


@pytest.mark.parametrize("per_hour", [0.0, 0.5, 5.0, -2.0])
def test_the_slope_is_that_of_the_samples_also_through_noise(per_hour):
    found = slope([life(0, 2 * HOUR, 400, per_hour, noise=2)], 600)
    assert found.mib_per_hour == pytest.approx(per_hour, abs=3 * found.error)
    assert 0 < found.error < 0.3


def test_a_restart_changes_the_level_and_is_no_growth():
    found = slope([life(0, HOUR, 500, 1), life(HOUR, 3 * HOUR, 100, 1), life(3 * HOUR, 4 * HOUR, 900, 1)], 600)
    assert found.mib_per_hour == pytest.approx(1.0)


def test_the_warm_up_of_each_life_is_left_out():
    warming = [Sample(at, 100 + at / 10) for at in range(0, 600, 10)]
    assert slope([[*warming, *life(600, 2 * HOUR, 160, 0)]], 600).mib_per_hour == pytest.approx(0.0, abs=0.01)


def test_of_too_short_a_time_nothing_is_said():
    assert slope([life(0, 1_500, 100, 50)], 600).mib_per_hour is None


def result(**changes):
    steady = {"mib_per_hour": 0.4, "span_s": 6_000, "samples": 600, "error": 0.2, "first_mib": 400, "last_mib": 401}
    mishap = {"at_s": 10, "kind": "store_kill", "what": "store killed", "worst_lag_s": 12.0, "back_s": 20.0}
    whole = {
        "hours": 2, "rate": 800, "events": 1, "lost": 0, "extra": 0, "drift": 0, "seed": 1, "slopes": {"worker 1": steady, "store": steady},
        "mishaps": [mishap],
    }  # fmt: skip
    return whole | changes


def test_a_steady_run_has_nothing_wrong():
    assert wrong(result()) == []
    assert "worker_1_mib_per_hour=0.40±0.20" in line(result())


def test_what_may_be_chance_is_no_growth():
    noisy = {**result()["slopes"]["store"], "mib_per_hour": 3.0, "error": 2.0}
    assert wrong(result(slopes={"store": noisy})) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"lost": 3}, "lost=3"),
        ({"extra": 1}, "extra=1"),
        ({"drift": 1}, "drift=1"),
        ({"slopes": {"store": {**result()["slopes"]["store"], "mib_per_hour": 1.2}}}, "store grows by 1.20"),
        ({"mishaps": [{**result()["mishaps"][0], "back_s": 121.0}]}, "lag not back"),
        ({"mishaps": [{**result()["mishaps"][0], "back_s": None}]}, "lag not back"),
    ],
)
def test_what_is_wrong_is_told(changes, what):
    (found,) = wrong(result(**changes))
    assert what in found
