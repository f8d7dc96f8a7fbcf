"""One small history for all tests of the demonstration's traffic."""

from datetime import UTC, datetime

import pytest

from streams.demo.history import history
from streams.demo.traffic import Generated, Traffic
from streams.settings import DemoSettings

NOW_S = datetime(2026, 11, 24, 15, 20, tzinfo=UTC).timestamp()  # a Tuesday


@pytest.fixture(scope="session")
def demo() -> DemoSettings:
    return DemoSettings(events_per_day=1_500)


@pytest.fixture(scope="session")
def traffic(demo: DemoSettings) -> Traffic:
    return Traffic(demo)


@pytest.fixture(scope="session")
def now_s() -> float:
    return NOW_S


@pytest.fixture(scope="session")
def events(traffic: Traffic, demo: DemoSettings) -> list[Generated]:
    """Fourteen days and the archive, in order of sending."""
    return list(history(traffic, demo, NOW_S))
