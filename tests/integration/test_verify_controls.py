"""The proof and its controls: each way to lose or count wrongly is put in on purpose and must be reported."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from streams.clickhouse.checks import PartitionOffsets, verify
from streams.clickhouse.sources import sql_text
from streams.clickhouse.volumes import VolumeRefresher
from streams.settings import RetentionSettings

pytestmark = pytest.mark.integration

MILLIS, SECONDS = pa.timestamp("ms", "UTC"), pa.timestamp("s", "UTC")
HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
COUNT = 40


def differences(client, offsets=None) -> dict[str, list[str]]:
    outcomes = verify(client, RetentionSettings(), offsets, pause=lambda _: None)
    return {outcome.check.name: [each.place for each in outcome.differences] for outcome in outcomes if outcome.differences}


def verdict_rows(first: int = 0, count: int = COUNT) -> pa.Table:
    span = range(first, first + count)
    return pa.table(
        {
            "run_id": ["live-x"] * count,
            "organization_id": ["acme"] * count,
            "event_id": [f"e{index}" for index in span],
            "occurred_at": pa.array([HOUR + timedelta(seconds=60 * index) for index in span], MILLIS),
            "event_key": pa.array([1000 + index for index in span], pa.uint64()),
            "user_hash": pa.array([index % 3 for index in span], pa.uint64()),
            "category": ["surveillance"] * count,
            "outcome": ["violation"] * count,
            "severity": ["high"] * count,
            "landed_at": pa.array([HOUR] * count, MILLIS),
        }
    )


def event_rows(count: int = COUNT) -> pa.Table:
    return pa.table(
        {
            "organization_id": ["acme"] * count,
            "event_id": [f"e{index}" for index in range(count)],
            "occurred_at": pa.array([HOUR + timedelta(seconds=60 * index) for index in range(count)], MILLIS),
            "event_key": pa.array([1000 + index for index in range(count)], pa.uint64()),
            "input_tokens": pa.array([7] * count, pa.uint32()),
            "landed_at": pa.array([HOUR] * count, MILLIS),
        }
    )


def ledger_row(
    first: int, last: int, *, landed: int, dead: int = 0, filtered: int = 0, inputs: int | None = None, partition: int = 0, ago_min: int = 10,
    topic_id: str = "",
) -> pa.Table:  # fmt: skip
    row = {
        "topic": "usage.events",
        "topic_id": topic_id,
        "partition": partition,
        "first_offset": first,
        "last_offset": last,
        "records": last - first + 1,
    }
    row |= {"topic_id": topic_id, "inputs": landed + dead + filtered if inputs is None else inputs, "landed": landed, "dead_lettered": dead}
    kinds = {"partition": pa.uint32(), "first_offset": pa.uint64(), "last_offset": pa.uint64()}
    columns = {name: pa.array([value], kinds.get(name, pa.uint32() if isinstance(value, int) else pa.string())) for name, value in row.items()}
    columns["filtered"] = pa.array([[("tombstone", filtered)] if filtered else []], pa.map_(pa.string(), pa.uint32()))
    columns["hours"] = pa.array([[HOUR]], pa.list_(SECONDS))
    columns["landed_at"] = pa.array([datetime.now(UTC) - timedelta(minutes=ago_min)], MILLIS)
    return pa.table(columns)


def letter_row(offset: int, *, partition: int = 0, topic_id: str = "") -> pa.Table:
    now = datetime.now(UTC)
    kinds = {"partition": pa.uint32(), "offset": pa.uint64(), "line": pa.uint32()}
    columns = {name: pa.array([value], kinds[name]) for name, value in {"partition": partition, "offset": offset, "line": 0}.items()}
    return pa.table(
        columns
        | {"topic": ["usage.events"], "reason": ["bad_json"], "topic_id": [topic_id]}
        | {"received_at": pa.array([now], MILLIS), "rejected_at": pa.array([now - timedelta(minutes=10)], MILLIS)}
    )


@pytest.fixture
def landed(store) -> Iterator:
    """A small history in which everything is right."""
    client = store.client
    for table in ("events", "verdicts", "signals_minute", "signals_hour", "signals_day", "volumes_hour", "ledger", "dead_letters"):
        client.command(f"TRUNCATE TABLE {table}")
    client.insert("events", event_rows())
    client.insert("verdicts", verdict_rows())
    for row in (ledger_row(0, 19, landed=20), ledger_row(20, 41, landed=20, dead=1, filtered=1)):
        client.insert("ledger", row)
    client.insert("dead_letters", letter_row(33))
    refresher = VolumeRefresher(client)
    refresher.touch([int(HOUR.timestamp() * 1000)])
    refresher.refresh()
    return client


def test_a_right_history_has_no_difference(landed):
    assert differences(landed) == {}


def test_a_double_insert_is_no_difference(landed):
    landed.insert("verdicts", verdict_rows())
    landed.insert("events", event_rows())
    landed.insert("ledger", ledger_row(0, 19, landed=20))
    assert differences(landed) == {}


def test_overlapping_ranges_are_no_gap(landed):
    landed.insert("ledger", ledger_row(10, 29, landed=20))
    assert differences(landed) == {}


def test_a_missing_ledger_row_is_a_gap(landed):
    landed.insert("ledger", ledger_row(50, 59, landed=10))
    assert differences(landed) == {"ledger_gaps": ["usage.events/0"]}


def test_a_deleted_ledger_row_is_a_gap(landed):
    landed.insert("ledger", ledger_row(42, 59, landed=18))
    assert differences(landed) == {}
    landed.command("ALTER TABLE ledger DELETE WHERE first_offset = 20 SETTINGS mutations_sync = 2")
    assert differences(landed)["ledger_gaps"] == ["usage.events/0"]


# -- a topic that was made anew: the rows of the fixture, which name none, are of the old one


def made_anew(client, *, first: int = 0) -> None:
    """Another row of the old topic, and 50 offsets of the new one, from `first` on; a letter of it has the place of an old one."""
    client.insert("ledger", ledger_row(42, 60, landed=19, topic_id="old"))
    client.insert("ledger", ledger_row(first, 9, landed=10 - first, ago_min=5, topic_id="new"))
    client.insert("ledger", ledger_row(10, 49, landed=39, dead=1, ago_min=5, topic_id="new"))
    client.insert("dead_letters", letter_row(33, topic_id="new"))


def test_two_topics_of_one_name_are_two_logs_that_are_each_whole(landed):
    made_anew(landed)
    assert differences(landed, [PartitionOffsets("usage.events", 0, 0, 50, 50)]) == {}


def test_what_nobody_landed_of_the_new_topic_is_not_covered_by_the_old_one(landed):
    made_anew(landed, first=5)
    assert differences(landed, [PartitionOffsets("usage.events", 0, 0, 50, 50)]) == {"committed_offsets": ["usage.events/0"]}
    landed.insert("ledger", ledger_row(55, 58, landed=4, ago_min=1, topic_id="new"))
    assert differences(landed) == {"ledger_gaps": ["usage.events/0"]}


def test_a_letter_of_the_new_topic_that_is_not_listed_is_drift(landed):
    made_anew(landed)
    landed.insert("ledger", ledger_row(50, 59, landed=9, dead=1, ago_min=1, topic_id="new"))
    assert differences(landed) == {"dead_letters": ["usage.events/0/50-59"]}


def test_after_a_topic_was_made_anew_the_group_is_set_by_what_the_new_one_has_landed(landed):
    made_anew(landed)
    assert [row["next"] for row in landed.rows(sql_text("backup/landed"))] == [50]


def test_an_input_that_went_nowhere_is_reported(landed):
    landed.insert("ledger", ledger_row(42, 51, landed=9, inputs=10))
    assert differences(landed) == {"ledger_sums": ["usage.events/0/42-51"]}


@pytest.mark.parametrize("grain", ["minute", "hour", "day"])
def test_a_foreign_state_in_signals_is_drift(landed, grain):
    landed.command(
        f"INSERT INTO signals_{grain} (run_id, bucket, category, outcome, severity, events) "
        f"SELECT run_id, bucket, category, outcome, severity, uniqExactState(toUInt64(5)) FROM signals_{grain} "
        "GROUP BY run_id, bucket, category, outcome, severity ORDER BY bucket LIMIT 1"
    )
    assert len(differences(landed)[f"signals_{grain}"]) == 1


def test_a_lost_state_is_drift_also_when_a_foreign_one_hides_it_in_the_count(landed):
    landed.command("TRUNCATE TABLE signals_hour")
    landed.command(
        "INSERT INTO signals_hour (run_id, bucket, category, outcome, severity, events) "
        "SELECT run_id, toStartOfHour(occurred_at), category, outcome, severity, uniqExactState(if(event_key = 1000, 5, event_key)) "
        "FROM verdicts GROUP BY ALL"
    )
    assert set(differences(landed)) == {"signals_hour"}


def test_a_lost_user_is_drift(landed):
    landed.command("TRUNCATE TABLE signals_day")
    landed.command(
        "INSERT INTO signals_day (run_id, bucket, category, outcome, severity, events) "
        "SELECT run_id, toStartOfDay(occurred_at), category, outcome, severity, uniqExactState(event_key) FROM verdicts GROUP BY ALL"
    )
    assert set(differences(landed)) == {"signals_users"}


def test_an_event_that_is_not_in_the_volumes_is_reported(landed):
    landed.command("ALTER TABLE events DELETE WHERE event_id = 'e3' SETTINGS mutations_sync = 2")
    assert differences(landed) == {"volumes": [HOUR.strftime("%Y-%m-%d %H:%M:%S")]}


def wait_to_be_recomputed(client, *, landed_min_ago: int) -> None:
    """Volumes of an hour ago; since then one more event of the hour has landed."""
    client.command("TRUNCATE TABLE volumes_hour")
    recompute = sql_text("volumes/recompute").replace("now64(3, 'UTC') AS computed_at", "now64(3, 'UTC') - INTERVAL 1 HOUR AS computed_at")
    client.command(recompute, {"hours": [HOUR.strftime("%Y-%m-%d %H:%M:%S")]})
    client.command("INSERT INTO events SELECT * REPLACE ('late' AS event_id) FROM events LIMIT 1")
    client.insert("ledger", ledger_row(42, 42, landed=1, ago_min=landed_min_ago))


def test_an_hour_that_waits_to_be_recomputed_is_no_difference(landed):
    wait_to_be_recomputed(landed, landed_min_ago=1)
    assert differences(landed) == {}


def test_an_hour_that_has_waited_for_too_long_is_reported(landed):
    wait_to_be_recomputed(landed, landed_min_ago=6)
    assert differences(landed) == {"volumes": [HOUR.strftime("%Y-%m-%d %H:%M:%S")]}


def test_an_hour_that_was_recomputed_wrongly_is_reported_at_once(landed):
    landed.insert("ledger", ledger_row(42, 42, landed=0, filtered=1, ago_min=1))
    landed.command("ALTER TABLE events DELETE WHERE event_id = 'e3' SETTINGS mutations_sync = 2")
    assert differences(landed) == {"volumes": [HOUR.strftime("%Y-%m-%d %H:%M:%S")]}


def test_a_dead_letter_that_is_not_listed_is_reported(landed):
    landed.command("TRUNCATE TABLE dead_letters")
    assert set(differences(landed)) == {"dead_letters"}


def test_a_listed_dead_letter_that_no_chunk_counts_is_reported(landed):
    landed.insert("dead_letters", letter_row(34))
    assert set(differences(landed)) == {"dead_letters"}


def test_a_replayed_letter_that_is_rejected_again_is_no_difference(landed):
    landed.insert("ledger", ledger_row(42, 42, landed=0, dead=1))
    again = letter_row(33)
    landed.insert("dead_letters", again.set_column(again.schema.get_field_index("rejected_at"), "rejected_at", pa.array([datetime.now(UTC)], MILLIS)))
    assert differences(landed) == {}


def test_a_commit_beyond_the_ledger_is_reported_and_one_within_it_is_not(landed):
    within = PartitionOffsets("usage.events", 0, 0, 60, 42)
    assert differences(landed, [within]) == {}
    assert differences(landed, [within._replace(committed=43)]) == {"committed_offsets": ["usage.events/0"]}


def test_a_partition_that_was_committed_and_never_landed_is_reported(landed):
    assert differences(landed, [PartitionOffsets("usage.events", 5, 0, 9, 9)]) == {"committed_offsets": ["usage.events/5"]}
    assert differences(landed, [PartitionOffsets("usage.events", 5, 0, 9, None)]) == {}


def test_a_ledger_that_begins_after_the_log_is_reported(landed):
    landed.insert("ledger", ledger_row(10, 19, landed=10, partition=1))
    assert differences(landed, [PartitionOffsets("usage.events", 1, 10, 20, 20)]) == {}
    assert differences(landed, [PartitionOffsets("usage.events", 1, 4, 20, 20)]) == {"committed_offsets": ["usage.events/1"]}
