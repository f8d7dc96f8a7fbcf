"""The simulation of consumer groups that docs/capacity.md rests on: what evens work out, and what does not."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from bench.groups import PER_WORKER, all_found, keyed, keyless, loads, simulate, tables, zipf

CAPACITY = Path(__file__).parents[2] / "docs" / "capacity.md"


def busiest(spread, **sizes: int) -> float:
    return simulate("", spread, **{"workers": 8, "per_worker": 4, "draws": 100, "seed": 1} | sizes).median


def test_without_keys_every_worker_has_the_same_load() -> None:
    assert busiest(keyless) == 1


def test_skewed_keys_leave_one_worker_with_more() -> None:
    assert 1.1 < busiest(keyed(zipf(1_000, 0.8))) < busiest(keyed(zipf(1_000, 1.0))) < busiest(keyed(zipf(1_000, 1.2)))


def test_keys_without_skew_spread_well() -> None:
    assert busiest(keyed(zipf(100_000, 0.0))) < 1.05


def test_more_partitions_do_not_help_against_skew() -> None:
    found = [busiest(keyed(zipf(1_000, 1.0)), per_worker=count) for count in PER_WORKER]
    assert max(found) - min(found) < 0.15 * min(found)


def test_more_partitions_do_help_when_a_worker_is_gone() -> None:
    one, four = (simulate("", keyless, workers=8, per_worker=count, draws=10, seed=1).one_gone for count in (1, 4))
    assert (one, four) == (2.0, 1.25)


def test_splitting_the_keys_helps_against_skew() -> None:
    assert busiest(keyed(zipf(1_000, 1.0), buckets=16)) < 0.7 * busiest(keyed(zipf(1_000, 1.0)))


def test_nobody_carries_less_than_the_largest_key() -> None:
    shares = zipf(1_000, 1.2)
    assert busiest(keyed(shares), workers=64) >= shares[0] * 64


@pytest.mark.parametrize("spread", [keyless, keyed(zipf(50, 1.0)), keyed(zipf(50, 1.0), buckets=4)])
def test_all_events_are_somewhere(spread) -> None:
    assert loads(spread(np.random.default_rng(1), 12), 5).sum() == pytest.approx(1)


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    assert all_found(draws=5) == all_found(draws=5)
    assert all_found(draws=5) != all_found(draws=5, seed=2)


def test_workers_get_equal_counts_whatever_is_in_the_partitions() -> None:
    """What `loads` takes for granted: without tables on standby Faust has aiokafka share partitions out in turn."""
    members = {f"worker-{number}": ConsumerProtocolMemberMetadata(0, ["usage.events"], b"") for number in range(7)}
    cluster = SimpleNamespace(partitions_for_topic=lambda _topic: set(range(48)))
    assigned = RoundRobinPartitionAssignor.assign(cluster, members)
    counts = [len(partitions) for each in assigned.values() for _, partitions in each.assignment]
    assert sorted(counts) == sorted(np.bincount(np.arange(48) % 7).tolist())


def test_the_page_shows_what_the_simulation_says() -> None:
    page = CAPACITY.read_text().splitlines()
    assert [line for line in tables(all_found()) if line not in page] == [], "run: python -m bench.groups, and put its tables into docs/capacity.md"
