"""Dead letters on a real broker and store: nothing of an input is lost, nothing is told that should not be, and replaying repeats nothing."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from running import TOPIC, System, Worker, wait_for

from streams.dead_letters import LetterReader, Original
from streams.kafka.admin import ensure_topics, lag
from streams.kafka.producer import EventProducer

pytestmark = pytest.mark.integration

LIMIT = 1_048_576  # kafka.max_record_bytes
BIG, LOOSE, FLOODED = "big.events", "loose.events", "flooded.events"
TRUSTED = {TOPIC: {"trusted": True}, BIG: {"trusted": True}, LOOSE: {}, FLOODED: {"trusted": True}}
TOPICS = {"PLUMBLINE_INTAKE__TOPICS": json.dumps(TRUSTED), "PLUMBLINE_KAFKA__SESSION_TIMEOUT_S": "6"}
NOW = datetime.now(UTC).isoformat()


@pytest.fixture(scope="module")
def running(live: System) -> Iterator[System]:
    kafka = live.broker.kafka
    ensure_topics(kafka, [LOOSE, FLOODED])
    ensure_topics(kafka.model_copy(update={"max_record_bytes": 4 * LIMIT}), [BIG])
    live.current = live.worker(**TOPICS).wait_ready()
    yield live


def restart(system: System, **environment: str) -> Worker:
    """Another worker in place of the current one."""
    system.current.stop()
    system.current = system.worker(**{**TOPICS, **environment}).wait_ready()
    return system.current


def produce(system: System, value: bytes, *headers: tuple[str, bytes], topic: str = TOPIC) -> int:
    """One record; returns its offset in partition 0, where its key leads all records of these tests."""
    producer = EventProducer(system.broker.kafka.model_copy(update={"max_record_bytes": 4 * LIMIT}))
    sent = producer.send(topic, key=b"a", value=value, headers=headers)
    producer.close()
    metadata = sent.get(10)
    return metadata.partition, metadata.offset


def letter(system: System, place: tuple[int, int], topic: str = TOPIC, line: int = 0) -> dict[str, Any]:
    """The row of a dead letter, when it is there."""
    partition, offset = place
    sql = f"SELECT * FROM dead_letters FINAL WHERE topic = '{topic}' AND partition = {partition} AND offset = {offset} AND line = {line}"
    with system.client() as client:
        return wait_for(lambda: client.rows(sql), 15, f"a dead letter from {topic}/{partition}/{offset}")[0]


def bytes_of(system: System, row: dict[str, Any]) -> Original:
    with LetterReader(system.broker.kafka) as reader:
        return reader.read(row)


def own(original: Original) -> dict[str, str]:
    return {name.removeprefix("plumbline-letter-"): value.decode() for name, value in original.headers if name.startswith("plumbline-letter-")}


# -- whole, or cut and said so


def test_bytes_and_headers_are_kept_as_they_came(running: System) -> None:
    value, headers = b'{"text": "\xff\x00\xfe', (("ce_id", b"1"), ("Ce_Id", b"2"), ("ce_id", b"3"), ("binary", bytes(range(256))), ("empty", b""))
    row = letter(running, produce(running, value, *headers))
    original = bytes_of(running, row)
    assert (original.value, original.headers[: len(headers)]) == (value, headers)
    assert (row["reason"], row["truncated"], row["original_bytes"]) == ("bad_encoding", False, len(value))
    assert "NUL byte at byte" in row["message"]


def test_the_letter_itself_says_where_from_and_why(running: System) -> None:
    partition, offset = produce(running, b"{bad")
    row = letter(running, (partition, offset))
    says = own(bytes_of(running, row))
    assert (says["topic"], says["partition"], says["offset"], says["line"]) == (TOPIC, str(partition), str(offset), "0")
    assert (says["reason"], says["message"], says["sha256"]) == (row["reason"], row["message"], row["sha256"])
    assert abs(int(says["timestamp_ms"]) / 1_000 - time.time()) < 60


def test_the_largest_record_that_the_broker_admits_is_kept_whole(running: System) -> None:
    value = b'{"text": "' + b"x" * (LIMIT - 400)
    original = bytes_of(running, letter(running, produce(running, value, ("some", b"h" * 200))))
    assert original.value == value
    assert own(original)["truncated"] == "false"


def test_a_larger_one_is_cut_and_says_that_it_cannot_be_replayed(running: System) -> None:
    value = b'{"text": "' + b"x" * (2 * LIMIT)
    place = produce(running, value, ("some", b"header"), topic=BIG)
    row = letter(running, place, BIG)
    original = bytes_of(running, row)
    assert (row["reason"], row["truncated"], row["original_bytes"]) == ("too_large", True, len(value))
    assert (original.value, original.headers[0]) == (value[: LIMIT - 10], ("some", b"header"))
    named = f"{BIG}/{place[0]}/{place[1]}/0"
    done = running.run("dead-letters", "replay", named)
    assert (done.returncode, done.stdout) == (1, f"{named}  cut to fit the broker's limit: cannot be replayed\n")
    assert "(cut)" in running.run("dead-letters", "list", "--topic", BIG).stdout


def test_one_bad_line_of_an_envelope_is_a_letter_of_its_own(running: System) -> None:
    good = json.dumps({"event_id": "line-0", "occurred_at": NOW, "organization_id": "org-lines"}).encode()
    row = letter(running, produce(running, good + b'\n{"event_id": "x"}'), line=1)
    assert (bytes_of(running, row).value, row["reason"]) == (b'{"event_id": "x"}', "missing_field")
    wait_for(lambda: running.count("SELECT count() FROM events WHERE organization_id = 'org-lines'"), 10, "the good line")


class RawName(str):
    """A header's name in bytes that are not UTF-8, as some producers let pass."""

    def encode(self, *_: object) -> bytes:
        return b"a\xff\xfe"


def test_a_header_whose_name_is_not_utf_8_stops_nothing(running: System) -> None:
    good = json.dumps({"event_id": "named", "occurred_at": NOW, "organization_id": "org-named"}).encode()
    produce(running, good, (RawName("x"), b"y"))
    row = letter(running, produce(running, b"{bad", (RawName("x"), b"y")))
    assert bytes_of(running, row).headers[0] == ("a\\xff\\xfe", b"y")
    wait_for(lambda: running.count("SELECT count() FROM events WHERE organization_id = 'org-named'"), 10, "the event before it")


# -- listings


def test_listings_never_show_content(running: System) -> None:
    canary = "Zanzibar4711"
    value = json.dumps({"event_id": canary, canary: canary, "text": canary, "occurred_at": canary}).encode()
    partition, offset = produce(running, value, (canary, canary.encode()), ("ce_id", canary.encode()))
    letter(running, (partition, offset))
    place = f"{TOPIC}/{partition}/{offset}/0"
    told = [running.run("dead-letters", *arguments) for arguments in (["list"], ["list", "--json"], ["show", place], ["show", place, "--json"])]
    assert [done.returncode for done in told] == [0, 0, 0, 0]
    assert all(place in done.stdout or str(offset) in done.stdout for done in told)
    assert [done.args for done in told if canary in done.stdout + done.stderr] == []
    assert "and 1 more" in told[2].stdout

    unread = running.run("dead-letters", "show", place, "--raw")
    assert (unread.returncode, unread.stdout, "a reason has" in unread.stderr) == (2, "", True)
    assert running.run("dead-letters", "show", place, "--raw", "--reason", "the sender asks what it was").stdout == value.decode()
    with running.client() as client:
        logged = client.rows("SELECT action, detail, reason FROM audit_access_log WHERE action = 'reveal'")
    assert logged == [{"action": "reveal", "detail": place, "reason": "the sender asks what it was"}]


def test_the_list_is_filtered_by_reason_and_topic_and_limited(running: System) -> None:
    def listed(*arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in running.run("dead-letters", "list", "--json", *arguments).stdout.splitlines()]

    assert {row["reason"] for row in listed("--reason", "bad_json")} == {"bad_json"}
    assert {row["topic"] for row in listed("--topic", BIG)} == {BIG}
    assert len(listed("--limit", "2")) == 2
    assert listed("--since", "1h") == listed()
    assert listed("--reason", "nonsense") == []


def test_a_place_without_a_letter_is_an_error_that_says_what_to_do(running: System) -> None:
    done = running.run("dead-letters", "show", f"{TOPIC}/0/999999/0")
    assert done.returncode != 0
    assert "no dead letter from" in done.stderr
    assert "next:  plumbline dead-letters list" in done.stderr


# -- replays


def test_replaying_lands_what_is_mended_once_with_its_own_time_and_repeating_it_changes_nothing(running: System) -> None:
    pair = {
        "organization_id": "org-late",
        "request": {"model": "claude-x", "max_tokens": 1, "messages": [{"role": "user", "content": "Track my ex by phone"}]},
    }
    before = time.time()
    place = produce(running, json.dumps(pair).encode(), ("plumbline-source", b"anthropic.messages"), topic=LOOSE)
    assert letter(running, place, LOOSE)["reason"] == "organization_not_bound"
    restart(running, PLUMBLINE_INTAKE__TOPICS=json.dumps({**TRUSTED, LOOSE: {"trusted": True}}))
    state = []
    for _ in range(2):
        time.sleep(1.1)  # a replay's own record is later: its time must not become the event's
        done = running.run("dead-letters", "replay", "--reason", "organization_not_bound", "--json")
        assert [json.loads(line) for line in done.stdout.splitlines()] == [{"place": f"{LOOSE}/{place[0]}/{place[1]}/0", "outcome": "replayed"}], (
            done.stderr
        )
        wait_for(lambda: running.count("SELECT count() FROM events WHERE organization_id = 'org-late'"), 15, "the event")
        wait_for(lambda: all((row["committed"] or 0) >= row["end"] for row in lag(running.broker.kafka, [LOOSE])), 15, "all is committed")
        with running.client() as client:
            events = client.rows(
                "SELECT event_id, toUnixTimestamp64Milli(occurred_at) AS ms, content_hash FROM events FINAL WHERE organization_id = 'org-late'"
            )
            signals = client.rows(
                "SELECT category, sum(events) AS events FROM audit_signals_minute WHERE organization_id = 'org-late' GROUP BY category"
            )
        state.append((events, signals))
    assert state[0] == state[1]
    (one,) = state[0][0]
    assert one["event_id"].startswith(f"{LOOSE}-{place[0]}-{place[1]}-0-")  # and its time
    assert abs(one["ms"] / 1_000 - before) < 1.1
    assert not running.verify()


def test_a_letter_that_fails_again_replaces_itself(running: System) -> None:
    place = produce(running, b"{never good", ("ce_id", b"x"))
    first = letter(running, place)
    letters = running.count("SELECT count() FROM dead_letters FINAL")
    done = running.run("dead-letters", "replay", f"{TOPIC}/{place[0]}/{place[1]}")
    assert done.returncode == 0, done.stderr
    again = wait_for(lambda: (row := letter(running, place))["letter_offset"] > first["letter_offset"] and row, 15, "the newer letter")
    assert running.count("SELECT count() FROM dead_letters FINAL") == letters
    assert again["received_at"] == first["received_at"]
    assert (bytes_of(running, again).value, again["sha256"]) == (b"{never good", first["sha256"])


def test_replaying_nothing_is_refused(running: System) -> None:
    done = running.run("dead-letters", "replay")
    assert done.returncode != 0
    assert "nothing to replay" in done.stderr


# -- order


def test_the_source_offset_waits_until_the_broker_has_the_letter(running: System) -> None:
    """The topic refuses the letter, so the worker ends without a commit; when it takes it again, the letter is there and the offset moves on."""
    letters = running.broker.kafka.dead_letters_topic
    limited(running, letters, 100)
    try:
        partition, offset = produce(running, b'{"bad": ')
        wait_for(lambda: running.current.process.poll() is not None, 30, "the worker ends")
        assert committed(running, partition) == offset
        assert running.count(f"SELECT count() FROM dead_letters WHERE topic = '{TOPIC}' AND partition = {partition} AND offset = {offset}") == 0
    finally:
        limited(running, letters, LIMIT + 65_536)
    running.current = running.worker(**TOPICS).wait_ready()
    assert letter(running, (partition, offset))["reason"] == "bad_json"
    wait_for(lambda: committed(running, partition) == offset + 1, 15, "the offset is committed")


def limited(system: System, topic: str, max_bytes: int) -> None:
    configured(system, topic, {"max.message.bytes": str(max_bytes)})


def configured(system: System, topic: str, configs: dict[str, str]) -> None:
    admin = KafkaAdminClient(bootstrap_servers=system.broker.kafka.bootstrap_servers)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=configs)])
    admin.close()


def committed(system: System, partition: int) -> int:
    return next(row["committed"] or 0 for row in lag(system.broker.kafka, [TOPIC]) if row["partition"] == partition)


# -- how long the original bytes stay


def test_how_long_topics_keep_records_is_told_as_their_broker_says(running: System) -> None:
    letters, day = running.broker.kafka.dead_letters_topic, 86_400_000

    def retained() -> tuple[int, dict[str, dict[str, Any]]]:
        done = running.run("retention", "--json", **TOPICS)
        return done.returncode, {row["table"]: row for row in map(json.loads, done.stdout.splitlines())}

    letter(running, produce(running, b"{kept"))
    status, found = retained()
    assert (status, found[f"topic {letters}"]["kept"], found[f"topic {letters}"]["state"]) == (0, "90 days", "enforced")
    assert found[f"topic {letters}"]["rows"] >= running.count("SELECT count() FROM dead_letters FINAL") > 0
    assert (found[f"topic {LOOSE}"]["in_force"], found[f"topic {LOOSE}"]["kept"]) == ("7 days", "")  # the broker's default
    configured(running, letters, {"retention.ms": str(91 * day)})
    configured(running, LOOSE, {"retention.ms": "-1"})
    try:
        status, found = retained()
        assert (status, found[f"topic {letters}"]["in_force"], found[f"topic {letters}"]["state"]) == (1, "91 days", "otherwise")
        assert (found[f"topic {LOOSE}"]["in_force"], found[f"topic {LOOSE}"]["state"]) == ("", "without end")
    finally:
        configured(running, letters, {"retention.ms": str(90 * day)})


# -- floods


def test_a_flood_pauses_its_partition_says_why_and_loses_nothing(running: System) -> None:
    kafka = running.broker.kafka
    producer = EventProducer(kafka)
    for number in range(3_000):
        producer.send(FLOODED, key=b"a", value=b"{bad %d" % number)
    producer.close()
    partition = next(row["partition"] for row in lag(kafka, [FLOODED]) if row["end"] == 3_000)
    state = wait_for(lambda: (found := running.current.readiness()) and "rejected" in json.dumps(found) and found, 30, "readiness says why")
    assert f"{FLOODED}/{partition}" in json.dumps(state)
    assert 'plumbline_worker_paused{reason="flood"} 1.0' in running.current.metrics()
    told = running.current.logged("partition paused: too many dead letters")
    assert (told["reasons"], "intake.flood_ratio" in told["next"]) == (["bad_json"], True)
    assert running.count(f"SELECT count() FROM dead_letters FINAL WHERE topic = '{FLOODED}'") <= 500
    # other partitions go on
    assert letter(running, produce(running, b"{elsewhere"))
    # mended: nothing of the flood was lost
    restart(running, PLUMBLINE_INTAKE__FLOOD_RATIO="1", PLUMBLINE_INTAKE__FLOOD_CONSECUTIVE="100000")
    wait_for(lambda: running.count(f"SELECT count() FROM dead_letters FINAL WHERE topic = '{FLOODED}'") == 3_000, 40, "every letter")
    wait_for(lambda: not running.verify(), 30, "verify finds no difference")
