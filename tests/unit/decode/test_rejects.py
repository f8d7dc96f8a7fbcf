"""Every reject has the right reason and says in words what is wrong; beside each stands the nearest input that passes."""

import gzip
import json
import time
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from reading import NOW, NOW_MS, decoder, event, record

from schemas import FilterReason, ReasonCode
from streams.decode import Record

DEEPEST = 64
SOURCE = "plumbline-source"


class Case(NamedTuple):
    """An input that is rejected, part of its message, and its neighbour that passes."""

    name: str
    reason: ReasonCode
    says: str
    rejected: Record
    passes: Record


def raw(text: str | bytes, *headers: tuple[str, bytes], **fields: Any) -> Record:
    """A valid event around a piece of JSON: `@` in the text stands for its other fields."""
    inner = json.dumps(event(**fields))[1:-1].encode()
    return record((text.encode() if isinstance(text, str) else text).replace(b"@", inner), *headers)


def nested(depth: int) -> Record:
    """An event whose containers go `depth` deep, itself included."""
    return raw('{@, "more": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}")


def keyed(count: int) -> Record:
    """An event with so many keys."""
    return record(event(**{f"k{number}": 1 for number in range(count - len(event()))}))


def turns(count: int) -> Record:
    """An event whose fields are all known, with a key for each turn."""
    return record(event(input=[{"content": ""}] * count))


def at(moment: Any) -> Record:
    return record(event(occurred_at=moment))


def ago(**span: float) -> Record:
    return at((NOW - timedelta(**span)).isoformat())


def claude(**fields: Any) -> dict[str, Any]:
    return {"organization_id": "org-harbor", "request": {"max_tokens": 1, "model": "claude-x", "messages": []}, **fields}


GLUE = b"\x03\x00" + b"0123456789abcdef" + b"payload"
LITELLM = {"id": "x", "startTime": 1768467600.0, "call_type": "completion", "metadata": {"user_api_key_org_id": "o"}}
CLOUD_EVENT = {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
R = ReasonCode
CASES = [
    Case("invalid UTF-8", R.BAD_ENCODING, "not UTF-8: invalid start byte at byte", raw(b'{@, "text": "\xff"}'), raw('{@, "text": "ÿ"}')),
    Case("cut UTF-8", R.BAD_ENCODING, "not UTF-8", raw(b'{@, "text": "\xe4\xb8"}'), raw('{@, "text": "\u4e16"}')),
    Case("surrogate in UTF-8", R.BAD_ENCODING, "not UTF-8", raw(b'{@, "text": "\xed\xa0\x80"}'), raw('{@, "text": "\U0001f6a2"}')),
    Case("lone surrogate", R.BAD_ENCODING, "surrogate pair", raw('{@, "text": "\\ud83d ship"}'), raw('{@, "text": "\\ud83d\\udea2 ship"}')),
    Case("surrogates reversed", R.BAD_ENCODING, "surrogate pair", raw('{@, "text": "\\udea2\\ud83d"}'), raw('{@, "text": "\\ud83d\\udea2"}')),
    Case("surrogate in a key", R.BAD_ENCODING, "surrogate pair", raw('{@, "\\ud83d": 1}'), raw('{@, "\\ud83d\\udea2": 1}')),
    Case("NUL byte", R.BAD_ENCODING, "NUL byte at byte", raw(b'{@, "text": "a\x00b"}'), raw('{@, "text": "a\\u0001b"}')),
    Case("NUL escape", R.BAD_ENCODING, "\\u0000", raw('{@, "text": "a\\u0000b"}'), raw('{@, "text": "a\\\\u0000b"}')),
    Case("UTF-16", R.BAD_ENCODING, "NUL byte", record(json.dumps(event()).encode("utf-16-le")), record(event())),
    Case("UTF-8 byte order mark", R.BAD_ENCODING, "byte order mark", raw(b"\xef\xbb\xbf{@}"), raw("{@}")),
    Case("UTF-16 byte order mark", R.BAD_ENCODING, "byte order mark", record(json.dumps(event()).encode("utf-16")), raw("{@}")),
    Case("gzip", R.BAD_ENCODING, "compressed (gzip)", record(gzip.compress(b"{}")), raw("{@}")),
    Case("zstd", R.BAD_ENCODING, "compressed (zstd)", record(b"\x28\xb5\x2f\xfdabc"), raw("{@}")),
    Case("cut JSON", R.BAD_JSON, "not JSON: ", raw('{@, "text": "abc'), raw('{@, "text": "abc"}')),
    Case("trailing comma", R.BAD_JSON, "not JSON: ", raw("{@,}"), raw("{@}")),
    Case("single quotes", R.BAD_JSON, "not JSON: ", raw("{@, 'text': 'abc'}"), raw('{@, "text": "\'abc\'"}')),
    Case("two documents in a line", R.BAD_JSON, "Extra data", raw("{@}{@}"), raw("{@}\n{@}")),
    Case("line feed in a text", R.BAD_JSON, "control character", raw('{@, "text": "a\nb"}'), raw('{@, "text": "a\\nb"}')),
    Case("plain text", R.BAD_JSON, "not JSON: Expecting value at character 0", record("hello"), raw("{@}")),
    Case("CloudEvent in Avro", R.BAD_JSON, "cloudevents+json", raw("{@}", ("content-type", b"application/cloudevents+avro")), raw("{@}")),
    Case("NaN", R.BAD_NUMBER, "NaN", raw('{@, "x": NaN}'), raw('{@, "x": "NaN"}')),
    Case("Infinity", R.BAD_NUMBER, "Infinity", raw('{@, "x": Infinity}'), raw('{@, "x": 1e308}')),
    Case("minus Infinity", R.BAD_NUMBER, "-Infinity", raw('{@, "x": -Infinity}'), raw('{@, "x": -1e308}')),
    Case("too large for a double", R.BAD_NUMBER, "double", raw('{@, "x": 1e309}'), raw('{@, "x": 1e-400}')),
    Case("2^63", R.BAD_NUMBER, "beyond 64 bits", raw('{@, "x": 9223372036854775808}'), raw('{@, "x": 9223372036854775807}')),
    Case("below -2^63", R.BAD_NUMBER, "beyond 64 bits", raw('{@, "x": -9223372036854775809}'), raw('{@, "x": -9223372036854775808}')),
    Case("an endless number", R.BAD_NUMBER, "10000 digits", raw(f'{{@, "x": {"9" * 10_000}}}'), raw(f'{{@, "x": 0.{"9" * 10_000}}}')),
    Case("nesting", R.TOO_DEEP, "more than 64 deep", nested(DEEPEST + 1), nested(DEEPEST)),
    Case("keys", R.TOO_MANY_KEYS, "10000 keys", keyed(10_001), keyed(10_000)),
    Case("keys of messages", R.TOO_MANY_KEYS, "10000 keys", turns(10_000), turns(9_990)),
    Case("duplicate key", R.DUPLICATE_KEY, "key 'user_id' occurs twice", raw('{@, "user_id": "a", "user_id": "b"}'), raw('{@, "user_id": "a"}')),
    Case("the same key, escaped", R.DUPLICATE_KEY, "twice", raw('{@, "context": {"a": 1, "\\u0061": 2}}'), raw('{@, "context": {"a": 1, "A": 2}}')),
    Case("a number", R.NOT_AN_OBJECT, "not a number", record("7"), raw("{@}")),
    Case("null", R.NOT_AN_OBJECT, "not null", record("null"), raw("{@}")),
    Case("a text", R.NOT_AN_OBJECT, "not a text", record('"{}"'), raw("{@}")),
    Case("an array in an array", R.NOT_AN_OBJECT, "not an array", raw("[[{@}]]"), raw("[{@}]")),
    Case("data that is a list", R.NOT_AN_OBJECT, "CloudEvent", record({**CLOUD_EVENT, "data": [event()]}), record({**CLOUD_EVENT, "data": event()})),
    Case("missing time", R.MISSING_FIELD, "field occurred_at is missing", record({"organization_id": "o"}), record(event())),
    Case("an empty object", R.MISSING_FIELD, "and 1 more", record({}), record({"occurred_at": "2026-01-15T09:30:00Z", "organization_id": "o"})),
    Case("missing organization", R.MISSING_FIELD, "field organization_id is missing", record(event(organization_id=None)), record(event())),
    Case("message without content", R.MISSING_FIELD, "field input.0.content", record(event(input=[{"role": "user"}])), record(event(input=[]))),
    Case("CloudEvent without data", R.MISSING_FIELD, "neither data nor", record(CLOUD_EVENT), record({**CLOUD_EVENT, "data": event()})),
    Case("call without type", R.MISSING_FIELD, "call_type", record({**LITELLM, "call_type": None}), record(LITELLM)),
    Case("mistyped text", R.BAD_TYPE, "field user_id should be text", record(event(user_id=7)), record(event(user_id="7"))),
    Case("mistyped count", R.BAD_TYPE, "usage.input_tokens", record(event(usage={"input_tokens": "7"})), record(event(usage={"input_tokens": 7}))),
    Case("fraction of a token", R.BAD_TYPE, "whole number", record(event(usage={"input_tokens": 7.5})), record(event(usage={"input_tokens": 0}))),
    Case("truth as a count", R.BAD_TYPE, "whole number", record(event(usage={"input_tokens": True})), record(event(usage={"input_tokens": 1}))),
    Case("mistyped input", R.BAD_TYPE, "text or a list of messages", record(event(input=5)), record(event(input="5"))),
    Case("mistyped version", R.BAD_TYPE, "schema_version should be", record(event(schema_version="1")), record(event(schema_version=1))),
    Case("unknown audience", R.BAD_VALUE, "should be 'consumer'", record(event(context={"audience": "all"})), record(event(context={}))),
    Case("negative count", R.BAD_VALUE, "greater than", record(event(usage={"input_tokens": -1})), record(event(usage={"input_tokens": 2**32 - 1}))),
    Case("count past UInt32", R.BAD_VALUE, "less than", record(event(usage={"output_tokens": 2**32})), record(event(usage={"output_tokens": 7}))),
    Case("line feed in an id", R.BAD_VALUE, "a name cannot have", record(event(event_id="a\nb")), record(event(event_id="a b"))),
    Case("turned writing direction", R.BAD_VALUE, "a name cannot have", record(event(model="a\u202eb")), record(event(model="a\u00e9b"))),
    Case("empty id", R.BAD_VALUE, "event_id", record(event(event_id="")), record(event(event_id="0"))),
    Case("endless id", R.BAD_VALUE, "256", record(event(event_id="x" * 257)), record(event(event_id="x" * 256))),
    Case("country by name", R.BAD_VALUE, "two capital letters", record(event(context={"country": "dk"})), record(event(context={"country": "DK"}))),
    Case("no base64", R.BAD_VALUE, "base64", record({**CLOUD_EVENT, "data_base64": "*"}), record({**CLOUD_EVENT, "data": event()})),
    Case("later version", R.UNKNOWN_VERSION, "known is 1", record(event(schema_version=2, user_id=7)), record(event(schema_version=1))),
    Case("version 0", R.UNKNOWN_VERSION, "known is 1", record(event(schema_version=0)), record(event())),
    Case("unknown source", R.UNKNOWN_SOURCE, "known are anthropic.messages", raw("{@}", (SOURCE, b"x")), raw("{@}", (SOURCE, b"plumbline"))),
    Case("no zone", R.BAD_TIMESTAMP, "no time zone", at("2026-01-15T09:30:00"), at("2026-01-15T09:30:00Z")),
    Case("seconds as a number", R.BAD_TIMESTAMP, "does not tell its unit", at(1768467600), at("2026-01-15T09:00:00.000Z")),
    Case("seconds as text", R.BAD_TIMESTAMP, "RFC 3339", at("1768467600"), at("2026-01-15T09:00:00+00:00")),
    Case("date only", R.BAD_TIMESTAMP, "RFC 3339", at("2026-01-15"), at("2026-01-15T00:00Z")),
    Case("no such month", R.BAD_TIMESTAMP, "month", at("2026-13-15T09:30:00Z"), at("2025-12-15T09:30:00Z")),
    Case("milliseconds for seconds", R.BAD_TIMESTAMP, "milliseconds", record({**LITELLM, "startTime": 1768467600000}), record(LITELLM)),
    Case("an object for seconds", R.BAD_TIMESTAMP, "neither seconds", record({**LITELLM, "startTime": {}}), record(LITELLM)),
    Case("before retention", R.TOO_OLD, "before retention, which begins 2023-01-15", ago(days=36 * 30.4375 + 0.01), ago(days=36 * 30.4375 - 0.01)),
    Case("seconds for milliseconds", R.TOO_OLD, "is its unit right?", at("1970-01-21T11:14:27Z"), at("2026-01-15T11:14:27Z")),
    Case("ahead", R.TOO_FAR_AHEAD, "more than 600 s ahead", ago(seconds=-601), ago(seconds=-600)),
    Case("last year of all", R.TOO_FAR_AHEAD, "clock and unit", at("9999-12-31T23:59:59-23:59"), at("2026-01-15T10:00:00-02:00")),
    Case("first year of all", R.TOO_OLD, "unit", at("0001-01-01T00:00:00+23:59"), at("2026-01-15T10:00:00+02:00")),
    Case("Schema Registry", R.SCHEMA_REGISTRY_FRAMING, "Schema Registry framing (magic byte 0, schema id 7)", raw(b"\0\0\0\0\7{@}"), raw("{@}")),
    Case("Glue Schema Registry", R.SCHEMA_REGISTRY_FRAMING, "AWS Glue", record(GLUE), raw("{@}")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason.value}: {case.name}")
def test_it_is_rejected_for_its_reason_and_its_neighbour_passes(case: Case) -> None:
    decoded, passed = decoder().decode([case.rejected], NOW), decoder().decode([case.passes], NOW)
    assert [reject.reason for reject in decoded.rejects] == [case.reason]
    assert case.says in decoded.rejects[0].message
    assert (decoded.events, decoded.inputs) == ([], 1)
    assert passed.rejects == []
    assert passed.events


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_careful_way_says_the_same(case: Case) -> None:
    for each in (case.rejected, case.passes):
        assert decoder().decode([each], NOW) == decoder().decode_careful([each], NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reject_keeps_place_bytes_and_headers(case: Case) -> None:
    reject = decoder().decode([case.rejected], NOW).rejects[0]
    assert reject[:5] == ("usage.events", 2, 41, 0, NOW_MS)
    assert reject.headers == case.rejected.headers
    assert reject.payload in case.rejected.value
    assert reject.payload.strip() == case.rejected.value.strip() or case.rejected.value.startswith(b"[")


def test_every_reason_of_input_is_tested() -> None:
    elsewhere = {R.ORGANIZATION_NOT_BOUND, R.ORGANIZATION_MISMATCH, R.TOO_LARGE, R.PROCESSING_ERROR}  # below, and in test_decoder.py
    assert {case.reason for case in CASES} | elsewhere == set(ReasonCode)


def test_an_event_over_its_size_is_rejected_and_one_of_that_size_passes() -> None:
    fitting = record(event(text="x" * 1_900))
    strict = decoder(max_event_bytes=len(fitting.value))
    assert strict.decode([fitting], NOW).rejects == []
    (reject,) = strict.decode([record(event(text="x" * 1_901))], NOW).rejects
    assert reject.reason is ReasonCode.TOO_LARGE
    assert "an event has at most" in reject.message


@pytest.mark.parametrize("separator", [b"\n", b","])
def test_a_record_of_more_events_than_admitted_is_rejected_whole(separator: bytes) -> None:
    def envelope(count: int) -> Record:
        lines = separator.join([json.dumps(event()).encode()] * count)
        return record(b"[" + lines + b"]" if separator == b"," else lines)

    few = decoder(max_events_per_record=3)
    assert len(few.decode([envelope(3)], NOW).events) == 3
    (reject,) = few.decode([envelope(4)], NOW).rejects
    assert (reject.reason, reject.line) == (ReasonCode.TOO_LARGE, 0)


def test_an_export_of_more_records_than_admitted_is_rejected_whole() -> None:
    export = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{}] * 4}]}]}
    assert decoder(max_events_per_record=4).decode([record(export)], NOW).filtered == {FilterReason.NOT_USAGE: 4}
    (reject,) = decoder(max_events_per_record=3).decode([record(export)], NOW).rejects
    assert reject.reason is ReasonCode.TOO_LARGE


def test_resource_attributes_are_not_copied_without_bound() -> None:
    attributes = [{"key": f"k{number}", "value": {"stringValue": "v"}} for number in range(1_000)]
    export = {"resourceLogs": [{"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": [{}] * 101}]}]}
    (reject,) = decoder().decode([record(export)], NOW).rejects
    assert (reject.reason, "split the export" in reject.message) == (ReasonCode.TOO_LARGE, True)


def test_a_log_record_that_is_no_object_loses_only_itself() -> None:
    usage = {"timeUnixNano": "1768467600000000000", "attributes": {"gen_ai.operation.name": "chat", "organization.id": "o"}}
    decoded = decoder().decode([record({"resourceLogs": [{"scopeLogs": [{"logRecords": [usage, 7, usage]}]}]})], NOW)
    assert [(reject.line, reject.reason) for reject in decoded.rejects] == [(1, ReasonCode.NOT_AN_OBJECT)]
    assert [located.line for located in decoded.events] == [0, 2]


@pytest.mark.parametrize(("value", "reason"), [(None, "tombstone"), (b"", "blank_line"), (b" \r\n\t ", "blank_line"), (b"[]", "blank_line")])
def test_what_holds_nothing_is_counted_and_set_aside(value: bytes | None, reason: str) -> None:
    decoded = decoder().decode([record(value)], NOW)
    assert (decoded.events, decoded.rejects, decoded.filtered, decoded.inputs) == ([], [], {FilterReason(reason): 1}, 1)


SECRET = "Zanzibar-4711"


@pytest.mark.parametrize(
    "value",
    [
        f'{{"{SECRET}": 1, "{SECRET}": 2}}', f'{{"schema_version": "{SECRET}"}}', f'{{"occurred_at": "{SECRET}"}}', f'{{"text": "{SECRET}',
        json.dumps(event(context={"audience": SECRET})), json.dumps(event(context={"declared_use_case": SECRET})),
        json.dumps(event(occurred_at=SECRET)), json.dumps(event(input=[{"role": SECRET}])), json.dumps(event(user_id=[SECRET])), SECRET,
        json.dumps(claude(occurred_at=SECRET)), json.dumps({**LITELLM, "startTime": SECRET}), json.dumps({**LITELLM, "call_type": [SECRET]}),
        f'"{SECRET}"', f'[["{SECRET}"]]', json.dumps({**CLOUD_EVENT, "data_base64": SECRET}), json.dumps({**CLOUD_EVENT, "data": SECRET}),
    ],
)  # fmt: skip
def test_a_message_never_quotes_content(value: str) -> None:
    decoded = decoder().decode([record(value, ("plumbline-replay-of", SECRET.encode()))], NOW)
    assert decoded.rejects
    assert [reject.message for reject in decoded.rejects if SECRET in reject.message] == []


HOSTILE = {
    "brackets": b"[" * 1_000_000,
    "objects": b'{"a":' * 200_000,
    "a hundred thousand keys": b'{"k0":0' + b"".join(b',"%x":0' % number for number in range(95_000)) + b"}",
    "commas": b"[" + b"," * 1_000_000 + b"]",
    "line feeds": b"{}" + b"\n" * 1_000_000 + b"{}",
    "open braces in lines": b"{\n" * 500_000,
    "backslashes": b'{"a":"' + b"\\" * 1_000_000,
    "an open text": b'{"a":"' + b"x" * 1_000_000,
    "quotes": b'"\\"' * 300_000,
    "digits": b'{"a":' + b"9" * 1_000_000 + b"}",
    "decimals": b'{"a":0.' + b"9" * 1_000_000 + b"}",
    "brackets in arguments": json.dumps(claude(response={"content": [{"type": "tool_use", "input": "[" * 900_000}]})).encode(),
    "chunks of a stream": json.dumps(claude(response=[{"choices": [{"index": n, "delta": {"content": "x"}}]} for n in range(9_000)])).encode(),
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_costs_bounded_time(value: bytes) -> None:
    began = time.process_time()
    decoded = decoder().decode([record(value)], NOW)
    assert decoded.inputs == 1
    assert time.process_time() - began < 3  # each takes well under a second
