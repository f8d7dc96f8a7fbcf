"""The short form of the fault campaign: nothing is lost, doubled or adrift, and each known-wrong variant is caught by the same count.

The long form is `make faults`.
"""

import shutil

import pytest

from faults import workers
from faults.sweep import sweep

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def quiet(_text: str) -> None:
    pass


def test_twenty_kills_of_a_worker_lose_nothing_and_a_view_that_counts_rows_is_caught() -> None:
    outcome, control = workers.worker_kills(200_000, 20, 1, quiet)
    assert outcome.clean, outcome
    assert control.caught, control


def test_a_worker_that_acknowledges_before_it_inserts_is_caught() -> None:
    control = workers.early_acknowledgement(20_000, 4, 2, quiet)
    assert control.caught, control


def test_kills_of_the_store_lose_nothing() -> None:
    outcome = workers.store_kills(40_000, 4, 3, quiet)
    assert outcome.clean, outcome


def test_a_store_that_is_away_loses_nothing_and_nothing_is_acknowledged_meanwhile() -> None:
    outcome = workers.store_away(20_000, 5, 4, quiet)
    assert outcome.clean, outcome


needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed: apt-get install strace")


@needs_strace
def test_an_insert_killed_at_a_system_call_and_repeated_is_whole() -> None:
    assert [point for point in sweep("keys", each=8) if not point.right] == []


@needs_strace
def test_insert_tokens_do_not_survive_the_same_kills() -> None:
    assert any(not point.right for point in sweep("tokens", each=3))
