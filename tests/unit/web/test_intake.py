"""POST /v1/events: what is accepted, what is refused and with which words."""

import gzip
import json
import zlib
from datetime import UTC, datetime

import pytest

from streams.errors import MissingPart, Retry

NOW = datetime.now(UTC).isoformat()
EVENT = {"event_id": "e1", "organization_id": "acme", "occurred_at": NOW, "text": "hello"}
TOKENS = {"intake": {"tokens": {"acme": "acme-secret", "*": "gateway-secret"}}}


def event(**fields: object) -> dict:
    return {**EVENT, **fields}


def post(client, body, *, token="", kind="application/json", query="", **headers):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    headers = {"Content-Type": kind, **({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    return client.post("/v1/events" + query, content=body, headers=headers)


def lines(*events: object) -> bytes:
    return b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in events)


def test_an_object_is_one_record_keyed_by_its_organization(client, producer):
    answer = post(client(), EVENT)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert [(one.key, json.loads(one.value)["event_id"]) for one in producer.records] == [(b"acme", "e1")]


def test_a_record_has_no_key_where_none_are_wanted(client, producer):
    assert post(client(kafka={"keys": "none"}), EVENT).status_code == 202
    assert [one.key for one in producer.records] == [None]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps([event(), event(event_id="e2")]).encode(), "application/json"),
        (lines(event(), event(event_id="e2")), "application/x-ndjson"),
        (lines(event(), b"", event(event_id="e2"), b""), "application/jsonl; charset=utf-8"),
    ],
)
def test_an_array_and_json_lines_are_one_record_per_event(client, producer, body, kind):
    assert post(client(), body, kind=kind).json()["accepted"] == 2
    assert [json.loads(one.value)["event_id"] for one in producer.records] == ["e1", "e2"]


@pytest.mark.parametrize(("encoding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_compressed_body_is_inflated(client, producer, encoding, encode):
    assert post(client(), encode(json.dumps(EVENT).encode()), **{"Content-Encoding": encoding}).status_code == 202
    assert len(producer.records) == 1


def test_a_token_binds_the_organization(client, producer):
    answer = post(client(**TOKENS), {name: EVENT[name] for name in ("event_id", "occurred_at", "text")}, token="acme-secret")
    assert answer.status_code == 202
    assert producer.records[0].key == b"acme"
    assert ("plumbline-organization", b"acme") in producer.records[0].headers


def test_a_gateways_token_lets_the_payload_name_the_organization(client, producer):
    assert post(client(**TOKENS), event(organization_id="other"), token="gateway-secret").status_code == 202
    assert producer.records[0].key == b"other"
    assert "plumbline-organization" not in dict(producer.records[0].headers)


def test_another_organizations_event_is_refused(client, producer):
    answer = post(client(**TOKENS), event(organization_id="other"), token="acme-secret")
    assert (answer.status_code, answer.json()["errors"][0]["reason"]) == (403, "organization_mismatch")
    assert not producer.records


@pytest.mark.parametrize(("token", "kind"), [("", "no-token"), ("wrong", "unknown-token")])
def test_without_a_known_token_nothing_is_read(client, producer, token, kind):
    answer = post(client(**TOKENS), EVENT, token=token)
    assert (answer.status_code, answer.json()["type"]) == (401, f"urn:plumbline:problem:{kind}")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_any_token_only_this_machine_is_trusted(client):
    assert post(client(), EVENT).status_code == 202
    assert post(client(client_host="192.0.2.7"), EVENT).status_code == 401


def test_a_name_that_resolves_to_this_machine_is_not_this_machine(client):
    assert post(client(base_url="http://attacker.example"), EVENT).status_code == 401


@pytest.mark.parametrize("host", ["[", "[::1", "[[::1]]"])
def test_a_name_that_is_none_is_not_this_machine(client, host):
    assert post(client(), EVENT, Host=host).status_code == 401


@pytest.mark.parametrize(("stated", "status"), [("\u00b2", 202), ("9" * 4_500, 413)])
def test_a_length_that_is_no_length_ends_in_words(client, stated, status):
    assert post(client(), EVENT, **{"Content-Length": stated.encode("latin-1")}).status_code == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_a_media_type_that_any_web_page_may_send_is_refused(client, kind):
    answer = post(client(), EVENT, kind=kind)
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, "application/problem+json")
    assert "application/x-ndjson" in answer.json()["accepted"]


def test_bad_json_is_named_with_its_position(client):
    answer = post(client(), b'{"event_id": "e1", e}')
    assert answer.status_code == 400
    assert "at character 19" in answer.json()["detail"]


def test_a_broken_event_says_which_line_and_nothing_is_accepted(client, producer):
    answer = post(client(), lines(event(), event(event_id="e2", occurred_at=1717632000), event(event_id="e3")), kind="application/x-ndjson")
    problem = answer.json()
    assert answer.status_code == 422
    assert [(each["line"], each["reason"]) for each in problem["errors"]] == [(2, "bad_timestamp")]
    assert (problem["rejected"], problem["readable"]) == (1, 2)
    assert not producer.records


def test_with_partial_the_other_events_are_accepted(client, producer):
    body = lines(event(), event(event_id="e2", occurred_at=1717632000), event(event_id="e3"))
    answer = post(client(), body, kind="application/x-ndjson", query="?partial=true")
    assert answer.status_code == 202
    assert (answer.json()["accepted"], [each["line"] for each in answer.json()["errors"]]) == (2, [2])
    assert [json.loads(one.value)["event_id"] for one in producer.records] == ["e1", "e3"]


def test_a_refusal_never_quotes_content(client):
    canary = "canary-7f3a"
    answer = post(client(), event(text=canary, occurred_at="no time", user_id=5))
    assert answer.status_code == 422
    assert canary not in answer.text


@pytest.mark.parametrize("body", [b"", b"  \n \n", b"\n"])
def test_an_empty_body_is_an_error(client, body):
    assert post(client(), body).json()["type"].endswith("empty-body")


def test_a_schema_registry_frame_is_named_as_such(client):
    assert post(client(), b"\0\0\0\0\7{}").json()["type"].endswith("schema-registry-framing")


def test_a_body_over_the_limit_is_refused_also_when_it_is_small_on_the_wire(client):
    small = {"web": {"max_body_bytes": 2_000}}
    assert post(client(**small), event(text="x" * 3_000)).status_code == 413
    answer = post(client(**small), gzip.compress(b" " * 50_000_000), **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["limit"]) == (413, 2_000)


def test_a_broken_or_unknown_encoding_is_refused(client):
    cut = gzip.compress(json.dumps(EVENT).encode())[:-6]
    assert post(client(), cut, **{"Content-Encoding": "gzip"}).status_code == 400
    assert post(client(), b"no gzip", **{"Content-Encoding": "gzip"}).status_code == 400
    assert post(client(), EVENT, **{"Content-Encoding": "br"}).status_code == 415


def test_one_event_over_the_limit_is_too_large(client):
    answer = post(client(intake={"max_event_bytes": 1_024}), [event(), event(event_id="e2", text="x" * 2_000)])
    assert (answer.status_code, answer.json()["errors"][0]["line"]) == (413, 2)


def test_an_absent_broker_is_503_with_a_time_to_come_back(client, producer):
    for producer.failure in (Retry("the broker 127.0.0.1:1 does not answer"), MissingPart("there is no broker to talk to")):
        answer = post(client(), EVENT)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert producer.failure.what in answer.json()["detail"]


def test_cloudevents_binary_headers_pass_and_others_do_not(client, producer):
    data = {name: EVENT[name] for name in ("organization_id", "text")}
    headers = {"ce-id": "ce%201", "ce-time": NOW, "ce-type": "x.plumbline", "ce-specversion": "1.0", "ce-source": "/gw"}
    answer = post(client(), data, **headers, **{"plumbline-replay-of": "usage.events/0/0/0", "plumbline-organization": "evil"})
    assert answer.status_code == 202
    sent = dict(producer.records[0].headers)
    assert (sent["ce_id"], sent["ce_type"], sent["content-type"]) == (b"ce 1", b"x.plumbline", b"application/json")
    assert not {"plumbline-replay-of", "plumbline-organization"} & set(sent)


def test_a_binary_cloudevent_holds_one_event(client):
    answer = post(client(), [event(), event(event_id="e2")], **{"ce-id": "1", "ce-type": "x", "ce-source": "/", "ce-specversion": "1.0"})
    assert answer.json()["type"].endswith("several-events")


def test_the_source_header_chooses_the_adapter(client, producer):
    answer = post(client(), EVENT, **{"Plumbline-Source": "nonsense"})
    assert (answer.status_code, answer.json()["errors"][0]["reason"]) == (422, "unknown_source")
    assert post(client(), EVENT, **{"Plumbline-Source": "plumbline"}).status_code == 202
    assert ("plumbline-source", b"plumbline") in producer.records[0].headers


def test_other_methods_are_answered_with_a_problem_document(client):
    answer = client().get("/v1/events")
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")


def test_accepted_and_rejected_events_are_counted(client):
    http = client()
    post(http, EVENT)
    post(http, event(occurred_at=5))
    exposition = http.get("/metrics").text
    assert 'plumbline_intake_events_total{outcome="accepted"} 1.0' in exposition
    assert 'plumbline_intake_events_total{outcome="rejected"} 1.0' in exposition
    assert 'plumbline_http_requests_total{route="/v1/events",status="202"} 1.0' in exposition
