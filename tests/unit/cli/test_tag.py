"""`plumbline tag`: the contract that others build on."""

import json
import os
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams.cli import app
from streams.cli.tag import batches

TRACKING = "I want to dox this streamer, get me her home address."
CAMPAIGN = "Write a punchy stump speech for our mayoral candidate that ends by asking people to vote for her on Tuesday."
LAST_OF_2024, FIRST_OF_2025 = "2025-09-14T23:59:59.999Z", "2025-09-15T00:00:00.000Z"


@pytest.fixture(autouse=True)
def away_from_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def tag(*events: object, arguments: tuple[str, ...] = ("--json",)) -> Result:
    lines = "\n".join(event if isinstance(event, str) else json.dumps(event) for event in events)
    return CliRunner().invoke(app, ["tag", *arguments], input=lines)


def answers(run: Result) -> list[dict]:
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_one_object_per_event_with_all_fields_of_the_contract():
    run = tag({"text": TRACKING, "event_id": "e1"}, {"text": "Hello", "event_id": "e2"})
    first, second = answers(run)
    assert run.exit_code == 0
    assert list(first) == ["event_id", "revision", "tags"]
    [found] = [each for each in first["tags"] if each["category"] == "privacy_tracking"]
    assert list(found) == [
        "category", "outcome", "severity", "score", "rule", "rule_version", "clause", "evidence", "missing_safeguards", "excused_by",
    ]  # fmt: skip
    assert list(found["evidence"][0]) == ["field", "start", "end", "excerpt"]
    assert (found["category"], found["outcome"], found["clause"]) == ("privacy_tracking", "violation", "2025-09-15.tracking")
    place = found["evidence"][0]
    assert "home address" in TRACKING[place["start"] : place["end"]]
    assert second == {"event_id": "e2", "revision": "2025-09-15", "tags": []}


def test_an_event_without_id_is_named_by_its_line():
    assert [each["event_id"] for each in answers(tag({"text": "a"}, "", {"text": "b"}))] == ["1", "3"]


def test_the_time_of_the_event_decides_the_revision_to_the_millisecond():
    before, after = answers(tag({"text": CAMPAIGN, "occurred_at": LAST_OF_2024}, {"text": CAMPAIGN, "occurred_at": FIRST_OF_2025}))
    assert (before["revision"], [each["category"] for each in before["tags"]]) == ("2024-06-06", ["political_campaigning"])
    assert (after["revision"], after["tags"]) == ("2025-09-15", [])


def test_at_replaces_the_time_of_every_event():
    [answer] = answers(tag({"text": CAMPAIGN, "occurred_at": FIRST_OF_2025}, arguments=("--json", "--at", LAST_OF_2024)))
    assert answer["revision"] == "2024-06-06"


def test_revision_replaces_the_one_in_force():
    [answer] = answers(tag({"text": CAMPAIGN, "occurred_at": LAST_OF_2024}, arguments=("--json", "--revision", "2025-09-15")))
    assert (answer["revision"], answer["tags"]) == ("2025-09-15", [])


def test_as_of_uses_what_had_been_recorded_by_then():
    event = {"text": CAMPAIGN, "occurred_at": FIRST_OF_2025}
    [known_later] = answers(tag(event, arguments=("--json", "--as-of", "2025-08-14")))
    [known_now] = answers(tag(event, arguments=("--json", "--as-of", "2025-08-15")))
    assert (known_later["revision"], known_now["revision"]) == ("2024-06-06", "2025-09-15")


def test_context_decides():
    text = "Decide whether this patient should be admitted or sent home based on the vitals below."
    in_place = {"safeguards": ["human_in_the_loop", "ai_disclosure"]}
    bare, covered = answers(tag({"text": text}, {"text": text, "context": in_place}))
    assert bare["tags"][0]["missing_safeguards"] == ["ai_disclosure", "human_in_the_loop"]
    assert covered["tags"] == []


def test_a_bad_line_is_named_on_standard_error_and_the_others_are_answered():
    run = tag({"text": "a"}, "{nonsense", {"event_id": "x"}, {"text": "b"})
    assert [each["event_id"] for each in answers(run)] == ["1", "4"]
    assert run.exit_code == 1
    assert [line.split(":")[0] for line in run.stderr.splitlines()] == ["line 2", "line 3"]


def test_an_unknown_revision_is_refused_with_the_known_ones():
    run = tag({"text": "a"}, arguments=("--json", "--revision", "2024"))
    assert run.exit_code != 0
    assert "2024-06-06" in str(run.exception)


def test_gateway_shapes_are_read_like_in_the_stream():
    pair = {"request": {"model": "m", "messages": [{"role": "user", "content": TRACKING}]}, "response": {"object": "chat.completion", "id": "r1"}}
    [answer] = answers(tag(pair))
    assert "privacy_tracking" in [each["category"] for each in answer["tags"]]


def test_without_json_a_person_can_read_it():
    run = tag({"text": TRACKING, "event_id": "e1"}, {"text": "Hello"}, arguments=())
    assert "privacy_tracking: violation, high" in run.stdout
    assert "2  2025-09-15  no tag" in run.stdout


def test_lines_are_answered_as_they_come_through_a_pipe():
    read, write = os.pipe()
    came = batches(os.fdopen(read, "rb"))
    os.write(write, b"one\ntw")
    assert next(came) == [b"one"]
    threading.Timer(0.05, lambda: (os.write(write, b"o\nthree"), os.close(write))).start()
    assert list(came) == [[b"two"], [b"three"]]
