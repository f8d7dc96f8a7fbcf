"""The published documents say what the contracts admit, and a contract cannot change in silence."""

import json
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import pytest
from pydantic import Field
from typer.testing import CliRunner

from schemas import Alert, DeadLetter, ReasonCode, Verdict
from streams import schema_export
from streams.cli import app
from streams.decode import Rejected
from streams.errors import ConfigurationError
from streams.schema_export import CONTRACTS, asyncapi, documents, entries, fingerprint, json_schema, published, rendered
from streams.settings import KafkaSettings
from streams.worker.letters import letter_headers

ROOT = Path(__file__).parents[3]
EXPORTED = ROOT / "schemas" / "exported"
FIXTURES = ROOT / "tests" / "fixtures"
in_checkout = pytest.mark.skipif(not EXPORTED.is_dir(), reason="the exported documents are held against the checkout's")
EVENT = {"event_id": "e", "occurred_at": "2026-01-15T09:30:00Z", "organization_id": "o"}


def errors(name: str, instance: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(json_schema(name), format_checker=jsonschema.FormatChecker())
    return [error.message for error in validator.iter_errors(instance)]


# -- what is committed


@in_checkout
@pytest.mark.parametrize("file", documents())
def test_a_committed_document_is_what_the_contracts_say(file: str) -> None:
    assert (EXPORTED / file).read_text(encoding="utf-8") == rendered(documents()[file]), "run: plumbline schema export --out schemas/exported"


@in_checkout
def test_no_contract_has_changed_without_a_new_version() -> None:
    kept = json.loads((EXPORTED / "fingerprints.json").read_text())
    assert published(kept) == kept, "run: plumbline schema export --out schemas/exported"


@in_checkout
def test_every_published_version_still_has_its_document() -> None:
    kept = json.loads((EXPORTED / "fingerprints.json").read_text())
    for name, versions in kept.items():
        for version, expected in versions.items():
            assert fingerprint(json.loads((EXPORTED / f"{name}.v{version}.json").read_text())) == expected


# -- fingerprints


def test_a_changed_contract_with_an_old_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    before = published({})

    class Changed(Verdict):
        extra: str = ""

    monkeypatch.setitem(CONTRACTS, "verdict", Changed)
    with pytest.raises(ConfigurationError, match="verdict is not what was published as its version 1"):
        published(before)


def test_a_changed_contract_with_a_new_version_is_added_beside_the_old(monkeypatch: pytest.MonkeyPatch) -> None:
    before = published({})

    class Changed(Verdict):
        VERSION: ClassVar[int] = 2
        extra: str = ""

    monkeypatch.setitem(CONTRACTS, "verdict", Changed)
    after = published(before)
    assert after["verdict"]["1"] == before["verdict"]["1"]
    assert set(after["verdict"]) == {"1", "2"}


def test_words_about_a_field_may_change_and_what_it_admits_may_not() -> None:
    class Told(Verdict):
        revision: str = Field(description="in other words", max_length=128)

    class Longer(Verdict):
        revision: str = Field(description="in other words", max_length=129)

    told, longer = Told.model_json_schema(), Longer.model_json_schema()
    assert fingerprint(told) != fingerprint(longer)
    told["properties"]["revision"]["description"] = "in yet other words"
    assert fingerprint(told) == fingerprint({**Told.model_json_schema(), "$id": "urn:other"})


def test_a_field_that_is_called_description_counts() -> None:
    named = {"properties": {"description": {"type": "string"}}}
    assert fingerprint(named) != fingerprint({"properties": {"description": {"type": "integer"}}})


# -- JSON Schema


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_schema_is_valid_and_says_its_dialect_id_and_version(name: str) -> None:
    schema = json_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    assert schema["$id"] == f"urn:plumbline:contract:{name}:{CONTRACTS[name].VERSION}"


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_field_has_a_description(name: str) -> None:
    schema = json_schema(name)
    models = [schema, *(each for each in schema.get("$defs", {}).values() if "properties" in each)]
    assert [field for model in models for field, spec in model["properties"].items() if not spec.get("description")] == []


def events_of_fixtures() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted(FIXTURES.glob("*/*.json")):
        tree = json.loads(path.read_text(encoding="utf-8"))
        found += [(f"{path.parent.name}/{path.stem}", event) for event in tree.get("events", [])]
    return found


@pytest.mark.parametrize(("path", "event"), events_of_fixtures())
def test_the_event_that_a_fixture_becomes_fits_the_schema(path: str, event: dict[str, Any]) -> None:
    assert errors("usage_event", event) == []


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("plumbline/*.json")), ids=lambda path: path.stem)
def test_what_producers_write_in_our_own_json_fits_the_schema(path: Path) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))["record"]["value"]
    missing = ["'event_id' is a required property"] if "event_id" not in value else []  # the record's place stands in
    assert errors("usage_event", value) == missing


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": None}, {"event_id": ""}, {"event_id": "a\nb"}, {"event_id": "x" * 257}, {"occurred_at": 1768467600}, {"occurred_at": None},
        {"organization_id": 7}, {"user_id": 7}, {"schema_version": 2}, {"schema_version": "1"}, {"context": {"audience": "all"}},
        {"context": {"country": "dk"}}, {"context": {"safeguards": ["x"]}}, {"usage": {"input_tokens": -1}}, {"usage": {"input_tokens": 2**32}},
        {"usage": {"input_tokens": "1"}}, {"input": 5}, {"input": [{"role": "user"}]}, {"model": "x" * 129}, {"model": "a\u202eb"},
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_contract_refuses(change: dict[str, Any]) -> None:
    assert errors("usage_event", EVENT) == []
    assert errors("usage_event", {**EVENT, **change}) != []


def test_a_dead_letter_fits_its_schema() -> None:
    letter = DeadLetter(
        topic="usage.events", partition=0, offset=7, reason=ReasonCode.BAD_JSON, message="not JSON", timestamp_ms=1, original_bytes=3, sha256="00"
    )
    assert errors("dead_letter", letter.model_dump(mode="json")) == []
    assert errors("dead_letter", letter.model_dump(mode="json") | {"reason": "because"}) != []


# -- AsyncAPI


def resolved(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for inner in value.values() for found in references(inner)]
    return [found for inner in value for found in references(inner)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere_within_the_document() -> None:
    document = documents()["asyncapi.json"]
    assert len({*references(document)}) > 10
    for reference in references(document):
        assert resolved(document, reference)


def test_channels_are_the_topics_of_the_settings() -> None:
    kafka = KafkaSettings(
        events_topic="a.events",
        dead_letters_topic="a.letters",
        alerts_topic="a.alerts",
        decisions_topic="a.decisions",
        group_id="auditors",
        partitions=3,
    )
    document = asyncapi(kafka)
    assert {channel["address"] for channel in document["channels"].values()} == {"a.events", "a.letters", "a.alerts", "a.decisions"}
    assert document["channels"]["usageEvents"]["bindings"]["kafka"]["partitions"] == 3
    assert document["operations"]["readUsageEvents"]["bindings"]["kafka"]["groupId"]["enum"] == ["auditors"]


def test_the_headers_of_a_dead_letter_are_those_that_workers_write() -> None:
    rejected = Rejected("t", 0, 1, 2, 3, ReasonCode.BAD_JSON, "m", b"{", ())
    written = [name for name, _ in letter_headers(rejected, "00", truncated=False)]
    headers = documents()["asyncapi.json"]["components"]["messages"]["deadLetter"]["headers"]
    assert sorted(headers["properties"]) == sorted(headers["required"]) == sorted(written)
    assert {name.removeprefix("plumbline-letter-") for name in written} == set(DeadLetter.model_fields)


def test_payloads_are_schemas_that_admit_events() -> None:
    components = documents()["asyncapi.json"]["components"]
    event = {**components["schemas"]["UsageEvent"], "components": components}
    jsonschema.Draft7Validator.check_schema(event)
    assert list(jsonschema.Draft7Validator(event).iter_errors({**EVENT, "input": [{"content": "x"}]})) == []
    assert list(jsonschema.Draft7Validator(event).iter_errors({**EVENT, "input": [{}]})) != []


# -- the command


def test_export_writes_a_folder_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        assert CliRunner().invoke(app, ["schema", "export", "--out", str(tmp_path)]).exit_code == 0
        assert {path.name for path in tmp_path.iterdir()} == {*documents(), "fingerprints.json"}
    assert json.loads((tmp_path / "fingerprints.json").read_text()) == published({})


def test_export_refuses_a_contract_that_changed_in_silence_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "fingerprints.json").write_text(json.dumps({"alert": {str(Alert.VERSION): "something else"}}))
    answer = CliRunner().invoke(app, ["schema", "export", "--out", str(tmp_path)])
    assert isinstance(answer.exception, ConfigurationError)
    assert [path.name for path in tmp_path.iterdir()] == ["fingerprints.json"]


def test_export_prints_one_document_or_all() -> None:
    one = CliRunner().invoke(app, ["schema", "export", "usage_event"])
    every = CliRunner().invoke(app, ["schema", "export"])
    assert json.loads(one.stdout) == json_schema("usage_event")
    assert json.loads(every.stdout).keys() == documents().keys()
    assert CliRunner().invoke(app, ["schema", "export", "nonsense"]).exit_code == 2


def test_list_names_every_contract_as_json_lines() -> None:
    lines = CliRunner().invoke(app, ["schema", "list", "--json"]).stdout.splitlines()
    assert [json.loads(line) for line in lines] == [entry._asdict() for entry in entries()]
    assert schema_export.CONTRACTS.keys() == {json.loads(line)["name"] for line in lines}
