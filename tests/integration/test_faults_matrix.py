"""The short form of the wider matrix: each fault leaves everything counted once, and its known-wrong variant is found out by the same count.

The long form, and the faults that are not here, are `make faults`.
"""

from collections.abc import Callable, Iterator

import pytest
from running import System

from faults import inputs
from faults.kafka_admin import set_offset
from faults.lanes import Trial, lane
from faults.outcome import Control, Found, Outcome
from faults.traffic import traffic

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]
Fault = Callable[[Trial], Iterator[Found]]


def holds(fault: Fault, system: System, count: int) -> bool:
    """Put it in, and look at all that it found."""
    found = list(fault(Trial(system, count, 1, lambda _text: None)))
    assert any(isinstance(one, Outcome) for one in found) and any(isinstance(one, Control) for one in found)
    assert [one for one in found if isinstance(one, Outcome) and not one.clean] == []
    assert [one for one in found if isinstance(one, Control) and not one.caught] == []
    return True


def test_while_the_dead_letter_topic_is_gone_no_reject_is_acknowledged(live: System) -> None:
    assert holds(inputs.letters_unavailable, live, 1_000)


def test_records_that_kill_their_process_take_no_neighbour_with_them(live: System) -> None:
    assert holds(inputs.poison, live, 1_500)


def test_offsets_that_were_committed_for_another_topic_of_that_name_skip_nothing_and_others_count(live: System) -> None:
    with lane(live, "anew", partitions=2) as here:
        live.send(traffic(200, 1), here.topic)
        ends = {row["partition"]: row["end"] for row in here.offsets()}
        set_offset(here, 50, "that-was-deleted", "")
        here.worker()
        inputs.settle(here)
        landed = here.rows("SELECT partition, sum(records) AS n FROM ledger FINAL GROUP BY partition")
    assert {row["partition"]: row["n"] for row in landed} == {0: ends[0], 1: ends[1] - 50}
