"""An event of every category and context, sent by every way in, is tagged alike in SQL, on the page and by `plumbline tag`."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from running import Command, System, system, wait_for

from streams.endpoint import find
from streams.policy import Auditor, Pack
from streams.policy.cases import cases_of, moment_in

pytestmark = pytest.mark.integration
PER_GROUP = 2
TAGS = "SELECT event_id, category, outcome, toString(severity) AS severity, revision, clause, rule FROM audit_verdicts WHERE organization_id = '{}'"
Tag = tuple[str, str, str, str, str, str]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with system(tmp_path_factory.mktemp("every-way"), pack=None) as live:
        live.worker().wait_ready()
        yield live


@pytest.fixture(scope="module")
def web(running: System) -> Iterator[str]:
    page = Command(running, "web", PLUMBLINE_WEB__PORT="0")
    running.commands.append(page)
    yield wait_for(lambda: find(running.data_dir, "web"), 60, "the page serves").address.rstrip("/")


def events(way: str) -> list[dict[str, Any]]:
    """Two texts of every group of cases that fires, in the group's context and under its revision; both sides of every boundary are among them."""
    pack, found = Pack.load(None), []
    for case in cases_of(pack):
        if not case.fires or case.place[-1] >= PER_GROUP or case.group.organization_id != "case":
            continue
        moment = max(case.group.occurred_at or moment_in(case.revision(pack)), datetime.now(UTC) - timedelta(days=1_000))
        base = {"event_id": f"{way}-{len(found)}", "organization_id": f"org-{way}", "occurred_at": moment.isoformat()}
        context = case.group.context.model_dump(mode="json", exclude_none=True)
        found.append({**base, "context": context, case.group.field: case.text})
    return found


def expected(sent: list[dict[str, Any]]) -> dict[str, set[Tag]]:
    """What the library says of them."""
    from schemas import UsageEvent

    auditor = Auditor(Pack.load(None))
    verdicts = [auditor.audit(UsageEvent.model_validate(event)) for event in sent]
    return {verdict.event_id: {(t.category, t.outcome, t.severity, verdict.revision, t.clause, t.rule) for t in verdict.tags} for verdict in verdicts}


def send(way: str, sent: list[dict[str, Any]], running: System, web: str, folder: Path) -> None:
    lines = [json.dumps(event).encode() for event in sent]
    file = folder / f"{way}.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    if way == "topic":
        running.send(iter(lines))
    elif way == "http":
        request = urllib.request.Request(f"{web}/v1/events", data=file.read_bytes(), headers={"Content-Type": "application/x-ndjson"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 202
    else:
        done = running.run(way, str(file))
        assert done.returncode == 0, done.stderr


def test_the_cases_cover_every_category_and_outcome() -> None:
    tags = {tag[:2] for found in expected(events("any")).values() for tag in found}
    assert {category for category, _ in tags} == set(Pack.load(None).detectors)
    assert {outcome for _, outcome in tags} >= {"violation", "unmet_requirement"}


@pytest.mark.parametrize("way", ["topic", "emit", "import", "http"])
def test_a_way_in_leads_to_the_same_tags_in_sql_as_in_the_library(way: str, running: System, web: str, tmp_path: Path) -> None:
    sent = events(way)
    wanted = {name: tags for name, tags in expected(sent).items() if tags}
    send(way, sent, running, web, tmp_path)

    def landed() -> dict[str, set[Tag]]:
        found: dict[str, set[Tag]] = {}
        with running.client() as client:
            for row in client.rows(TAGS.format(f"org-{way}")):
                name, *tag = row.values()
                found.setdefault(name, set()).add(tuple(tag))
        return found

    wait_for(lambda: len(landed()) >= len(wanted), 20, "every tagged event is in SQL")
    assert landed() == wanted


def test_the_command_tag_gives_the_same_tags(running: System, tmp_path: Path) -> None:
    sent = events("topic")
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in sent))
    done = running.run("tag", str(file), "--json")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    names = ("category", "outcome", "severity", "revision", "clause", "rule")
    found = {one["event_id"]: {tuple((tag | one)[name] for name in names) for tag in one["tags"]} for one in answers}
    assert found == expected(sent)


def test_the_page_shows_a_tagged_event_with_its_evidence(running: System, web: str) -> None:
    with running.client() as client:
        row = client.rows("SELECT event_id FROM audit_verdicts WHERE organization_id = 'org-topic' AND category = 'privacy_tracking' LIMIT 1")[0]
    with urllib.request.urlopen(f"{web}/event?organization=org-topic&id={row['event_id']}", timeout=30) as answer:
        page = answer.read().decode()
    assert "Track" in page
    assert "evidence" in page.lower()
