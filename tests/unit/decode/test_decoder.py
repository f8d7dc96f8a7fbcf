"""Places, owners and ids of inputs: what the way in decides, whatever the payload says."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from reading import NOW, NOW_MS, decoder, event, record

from schemas import ReasonCode
from streams.decode import decoder as module
from streams.settings import TopicBinding

REPLAY = "plumbline-replay-of"
TOPICS = {"usage.events": TopicBinding(trusted=True), "tenant.a": TopicBinding(organization_id="org-a"), "loose": TopicBinding()}
PAIR = {"organization_id": "org-harbor", "request": {"model": "claude-x", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}}


def only(decoded):
    (located,) = decoded.events
    return located


# -- whose it is


def test_a_trusted_topic_takes_the_organization_from_the_payload() -> None:
    assert only(decoder().decode([record(event())], NOW)).event.organization_id == "org-harbor"


def test_the_intakes_header_goes_before_the_payload_and_may_stand_alone() -> None:
    decoded = decoder().decode([record(event(organization_id=None), ("plumbline-organization", b"org-b"))], NOW)
    assert only(decoded).event.organization_id == "org-b"


@pytest.mark.parametrize("stated", ["org-harbor", ["org-b"], {"x": 1}])
def test_a_payload_that_names_another_organization_than_its_token_is_rejected(stated: object) -> None:
    (reject,) = decoder().decode([record(event(organization_id=stated), ("plumbline-organization", b"org-b"))], NOW).rejects
    assert reject.reason is ReasonCode.ORGANIZATION_MISMATCH


def test_a_bound_topic_decides_and_believes_no_header() -> None:
    bound = decoder(topics=TOPICS)
    assert only(bound.decode([record(event(organization_id=None), topic="tenant.a")], NOW)).event.organization_id == "org-a"
    for forged in (record(event(organization_id="org-b"), topic="tenant.a"),):
        assert bound.decode([forged], NOW).rejects[0].reason is ReasonCode.ORGANIZATION_MISMATCH
    headed = record(event(organization_id=None), ("plumbline-organization", b"org-b"), topic="tenant.a")
    assert only(bound.decode([headed], NOW)).event.organization_id == "org-a"


@pytest.mark.parametrize("topic", ["loose", "unheard.of"])
def test_a_topic_that_nobody_vouches_for_is_rejected(topic: str) -> None:
    (reject,) = decoder(topics=TOPICS).decode([record(event(), topic=topic)], NOW).rejects
    assert reject.reason is ReasonCode.ORGANIZATION_NOT_BOUND


def test_a_replay_header_cannot_carry_an_event_to_a_topic_with_other_rights() -> None:
    forged = record(event(organization_id="org-b"), (REPLAY, f"usage.events/0/1/0/{NOW_MS}".encode()), topic="tenant.a")
    (reject,) = decoder(topics=TOPICS).decode([forged], NOW).rejects
    assert (reject.reason, reject.topic, reject.offset) == (ReasonCode.ORGANIZATION_MISMATCH, "tenant.a", 41)


# -- replays


def test_a_replayed_input_has_the_place_time_and_id_of_its_original() -> None:
    original = decoder().decode([record(PAIR)], NOW)
    again = record(PAIR, (REPLAY, f"usage.events/2/41/0/{NOW_MS}".encode()), timestamp_ms=NOW_MS + 86_000)._replace(offset=99)
    assert decoder().decode([again], NOW) == original


def test_a_replayed_line_keeps_its_line() -> None:
    lines = [json.dumps(event(event_id=None)), '{"broken":', json.dumps(event(event_id=None))]
    whole = decoder().decode([record("\n".join(lines))], NOW)
    assert [located.line for located in whole.events] == [0, 2]
    mended = decoder().decode([record(event(event_id=None), (REPLAY, f"usage.events/2/41/1/{NOW_MS}".encode()))._replace(offset=99)], NOW)
    assert only(mended).event.event_id == f"usage.events-2-41-1-{NOW_MS}"


def test_without_ids_records_of_a_topic_and_of_one_made_anew_under_its_name_are_two_events_at_one_place() -> None:
    old, new = (only(decoder().decode([record(event(event_id=None), timestamp_ms=NOW_MS + at)], NOW)).event for at in (0, 1))
    assert old.event_id != new.event_id


def test_a_place_that_is_too_long_for_an_id_is_hashed() -> None:
    long = "t" * 240
    made = decoder(topics={long: TopicBinding(trusted=True)}).decode([record(event(event_id=None), topic=long)], NOW)
    assert len(only(made).event.event_id) == 64


@pytest.mark.parametrize(
    "header",
    [b"", b"usage.events", b"usage.events/1/2/3", b"usage.events/1/2/3/4/5", b"usage.events/-1/2/3/4", b"usage.events/1/2/x/4", b"\xff/1/2/3/4",
     b"usage.events/2147483648/2/3/4", b"usage.events/1/9223372036854775808/3/4", b"usage.events/1/2/4294967296/4", "usage.events/١/2/3/4".encode(),
     b"usage.events/1/2/3/253402300799001", b"other/1/2/3/4"],
)  # fmt: skip
def test_a_replay_header_that_is_no_place_is_ignored(header: bytes) -> None:
    located = only(decoder().decode([record(event(), (REPLAY, header))], NOW))
    assert (located.partition, located.offset, located.line) == (2, 41, 0)


# -- times of records


@pytest.mark.parametrize("stamp", [-1, -(2**63), 2**63 - 1, 0, 253_402_300_800_000])
def test_a_record_stamped_with_nonsense_is_decoded_and_its_time_kept_within_the_window(stamp: int) -> None:
    located = only(decoder().decode([record(event(), timestamp_ms=stamp)], NOW))
    assert datetime(2023, 1, 1, tzinfo=UTC).timestamp() * 1_000 < located.received_ms <= NOW_MS + 600_000


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        (-1, ReasonCode.MISSING_FIELD),
        (2**63 - 1, ReasonCode.MISSING_FIELD),
        (0, ReasonCode.MISSING_FIELD),
        (1, ReasonCode.TOO_OLD),
        (NOW_MS * 1_000, ReasonCode.MISSING_FIELD),
    ],
)
def test_a_pair_without_time_is_rejected_when_the_record_has_none_either(stamp: int, reason: ReasonCode) -> None:
    (reject,) = decoder().decode([record(PAIR, timestamp_ms=stamp)], NOW).rejects
    assert reject.reason is reason


# -- sources and envelopes


def test_a_header_names_the_source_whatever_the_shape() -> None:
    tree = event(request={"messages": [{"role": "user", "content": "a"}]})
    assert only(decoder().decode([record(tree)], NOW)).event.source == "openai.chat"
    assert only(decoder().decode([record(tree, ("Plumbline-Source", b"plumbline"))], NOW)).event.source == "plumbline"
    assert only(decoder().decode([record({**tree, "source": "anthropic.messages"})], NOW)).event.source == "anthropic.messages"


def test_an_event_of_ours_that_says_who_read_it_is_still_our_own_json() -> None:
    once = only(decoder().decode([record({"organization_id": "o", "request": {"messages": [{"role": "user", "content": "Hi"}]}})], NOW)).event
    again = only(decoder().decode([record(msgspec.json.encode(once))], NOW)).event
    assert (once.source, again.source) == ("openai.chat", "plumbline")
    assert again == msgspec.structs.replace(once, source="plumbline")


def test_an_id_of_a_cloud_event_that_is_too_long_is_shortened_the_same_way_each_time() -> None:
    def decoded(source: str) -> str:
        wrapped = {"specversion": "1.0", "id": "i", "source": source, "type": "t", "data": event(event_id=None)}
        return only(decoder().decode([record(wrapped)], NOW)).event.event_id

    assert decoded("s" * 300) == decoded("s" * 300)
    assert decoded("s" * 300) != decoded("s" * 301)
    assert len(decoded("s" * 300)) == 64


def test_rejects_of_an_export_hold_their_own_record_with_the_resource_attributes() -> None:
    bad = {"timeUnixNano": "1768467600000000000", "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]}
    shared = [{"key": "enduser.id", "value": {"stringValue": "u"}}]
    export = {"resourceLogs": [{"resource": {"attributes": shared}, "scopeLogs": [{"logRecords": [bad, bad]}]}]}
    rejects = decoder().decode([record(export)], NOW).rejects
    assert [reject.line for reject in rejects] == [0, 1]
    assert json.loads(rejects[1].payload)["attributes"] == [*shared, *bad["attributes"]]


def test_events_of_one_chunk_do_not_suffer_from_each_other() -> None:
    records = [record(event(event_id="a")), record("{"), record(event(event_id="b")), record(event(occurred_at="1999-01-01T00:00:00Z")), record(None)]
    decoded = decoder().decode(records, NOW)
    assert [located.event.event_id for located in decoded.events] == ["a", "b"]
    assert [reject.reason for reject in decoded.rejects] == [ReasonCode.BAD_JSON, ReasonCode.TOO_OLD]
    assert decoded.inputs == 5


def test_a_defect_of_ours_costs_one_record_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def defective(tree: dict, arrival: object) -> dict:
        raise ZeroDivisionError("text of the customer")

    monkeypatch.setitem(module.ADAPTERS, "openai.chat", defective)
    lines = json.dumps(event(event_id="x")) + "\n" + json.dumps({"request": {"messages": []}})
    decoded = decoder().decode([record(event(event_id="a")), record(lines), record(event(event_id="b"))], NOW)
    assert [located.event.event_id for located in decoded.events] == ["a", "b"]
    (reject,) = decoded.rejects
    assert (reject.reason, reject.payload) == (ReasonCode.PROCESSING_ERROR, lines.encode())
    assert "ZeroDivisionError" in reject.message
    assert "customer" not in reject.message
