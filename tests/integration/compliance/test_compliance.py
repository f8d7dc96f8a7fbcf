"""The compliance report: each figure against plain Python, on the demonstration and on a database of what people do; as JSON, and as a page."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from landing import Lander, environment_of, open_run
from peopled import People
from plainly import PLAINLY, Plainly
from typer.testing import CliRunner

from faults.alerts import surge
from streams.cli import app
from streams.clickhouse.library import queries
from streams.clickhouse.runs import RunBook
from streams.compliance.facts import Span, facts
from streams.compliance.page import page
from streams.policy import Pack

pytestmark = pytest.mark.integration
NOW = datetime.now(UTC)
THIS_HOUR = NOW.replace(minute=0, second=0, microsecond=0)
DAYS = 20
PEOPLED = {"cases", "decisions", "actions", "access", "disclosures", "erasures", "assessments", "alerts", "intake", "set_aside", "seals"}
# Spans by their beginning and end, in days before this hour: one across the end of a stretch that was decided again, one that is not over.
SPANS = {"a week": (7, 0), "across": (12, 3), "all": (DAYS + 400, -1)}


def span_of(name: str) -> tuple[datetime, datetime]:
    since, until = SPANS[name]
    return THIS_HOUR - timedelta(days=since), THIS_HOUR - timedelta(days=until)


@pytest.fixture(scope="module")
def peopled(store: Any) -> Any:
    """A database of this module's own: a surge of one organization, decided again up to ten days ago, and what people did."""
    open_run(store.client)
    open_run(store.client, name="again", until=THIS_HOUR - timedelta(days=10), opened=NOW - timedelta(days=2))
    Lander(store.client).land(surge("org-1"), landed_at=NOW)
    People(store.client, NOW, DAYS).write()
    return store


def plain(value: Any) -> Any:
    return round(value, 2) + 0.0 if isinstance(value, float) else tuple(value) if isinstance(value, list) else value


def compared(store: Any, name: str, span: str) -> int:
    """Rows of a section, after it was found to be what plain Python says."""
    since, until = span_of(span)
    found = queries("compliance")[name].rows(store.client, {"since": since.isoformat(), "until": until.isoformat()})
    expected = PLAINLY[name](Plainly(store.client, since, until))
    assert [tuple(map(plain, row.values())) for row in found] == [tuple(map(plain, row)) for row in expected]
    return len(found)


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("name", PLAINLY)
def test_a_figure_of_what_people_did_is_what_plain_python_counts(peopled: Any, name: str, span: str) -> None:
    rows = compared(peopled, name, span)
    assert rows or name not in PEOPLED


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("name", ["runs", "revisions", "intake", "dead_letters", "events", "tags", "reviews", "alerts"])
def test_a_figure_of_the_demonstration_is_what_plain_python_counts(demonstration: Any, name: str, span: str) -> None:
    assert compared(demonstration, name, span) or name == "alerts"


def test_every_statement_of_the_report_is_compared() -> None:
    assert set(PLAINLY) == set(queries("compliance"))


# -- the report itself


@pytest.fixture
def report(peopled: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `plumbline report compliance`."""
    for name, value in environment_of(peopled.settings).items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, ["report", "compliance", *arguments])


def test_json_is_one_object_with_every_section_and_the_statement_that_gives_it(report: Any, peopled: Any) -> None:
    since, until = span_of("a week")
    done = report("--from", since.isoformat(), "--to", until.isoformat(), "--json")
    assert done.exit_code == 0, done.stderr or done.exception
    found = json.loads(done.stdout)
    assert (found["report"], found["since"], found["until"]) == ("compliance", f"{since:%Y-%m-%dT%H:%M:%S}.000Z", f"{until:%Y-%m-%dT%H:%M:%S}.000Z")
    assert {name: len(found[name]) for name in PLAINLY} == {name: len(PLAINLY[name](Plainly(peopled.client, since, until))) for name in PLAINLY}
    assert found["statements"] == {name: f"sql/compliance/{name}.sql" for name in PLAINLY}
    assert {row["state"] for row in found["retention"]} == {"enforced", "without end"}


def test_the_policy_in_force_is_told_by_revision_of_the_stored_packs_and_as_unknown_where_a_pack_is_not_stored(store: Any, peopled: Any) -> None:
    pack = Pack.load(None)
    changed = [each.starts for each in pack.revisions if each.starts]
    span = Span(changed[-1] - timedelta(days=30), changed[-1] + timedelta(days=30))
    unknown = facts(store.client, store.process_settings, span, NOW)
    assert {row["revision"] for row in unknown.policy} == {""}
    assert any("is not stored here" in remark for remark in unknown.remarks)
    book = RunBook(store.client)
    book.register(pack)
    store.client.command(f"ALTER TABLE runs UPDATE pack_hash = '{pack.hash}' WHERE run_id = 'again' SETTINGS mutations_sync = 2")
    known = facts(store.client, store.process_settings, span, NOW)
    assert [(row["revision"], row["in_force_from"], row["in_force_to"], row["pack_hash"]) for row in known.policy] == [
        (pack.revisions[-2].id, span.since, changed[-1], pack.hash),
        (pack.revisions[-1].id, changed[-1], span.until, pack.hash),
    ]
    assert not any("is not stored here" in remark for remark in known.remarks)


def test_what_was_tagged_in_force_adds_up_to_all_tagged_events_of_the_span_also_where_a_pack_is_not_stored(demonstration: Any) -> None:
    for span in SPANS:
        found = facts(demonstration.client, demonstration.process_settings, Span(*span_of(span)), NOW)
        assert sum(row["tagged_events"] for row in found.policy) == found.sections["events"][0]["tagged_events"] > 50
        assert len({row["run_id"] for row in found.policy}) == (1 if span == "a week" else 2)


def test_the_page_has_every_section_escapes_what_people_wrote_and_loads_nothing(report: Any, tmp_path: Any) -> None:
    since, until = span_of("all")
    out = tmp_path / "compliance.html"
    assert report("--from", since.isoformat(), "--to", until.isoformat(), "--html", str(out)).exit_code == 0
    text = out.read_text()
    assert {name for name in PLAINLY if f'id="{name}"' not in text} - {"runs", "revisions"} == set()
    assert "because &lt;so&gt;" in text and "<so>" not in text
    assert not re.search(r"<(script|link|img|iframe)|https?://|url\(", text)
    assert "The span is not over" in text and "@page" in text


def test_figures_on_the_page_are_those_of_the_json(peopled: Any) -> None:
    since, until = span_of("a week")
    found = facts(peopled.client, peopled.process_settings, Span(since, until), NOW)
    text = html.unescape(re.sub(r"<[^>]+>", "", page(found)))
    intake = found.sections["intake"]
    landed, received = (sum(row[name] for row in intake) for name in ("landed", "received"))
    assert f"Received: {received:,} inputs; {landed:,} landed" in text and received > landed > 0
    assert f"{len(found.sections['decisions']):,} decisions made" in text and found.sections["decisions"]


@pytest.mark.parametrize("span", SPANS)
def test_sections_that_speak_of_the_same_agree(peopled: Any, span: str) -> None:
    found = facts(peopled.client, peopled.process_settings, Span(*span_of(span)), NOW).sections
    times = {row["action"]: row["times"] for row in found["actions"] if row["about"] == "case"}
    assert sum(count for action, count in times.items() if action.startswith("decide: ")) == len(found["decisions"]) > 0
    assert sum(row["entries"] for row in found["cases"]) == sum(times.values())
    assert sum(row["times"] for row in found["access"] if row["action"] in ("reveal", "lookup", "export")) == len(found["disclosures"]) > 0
    assert sum(row["inputs"] for row in found["set_aside"]) == sum(row["set_aside"] for row in found["intake"]) > 0


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--from", "2026-10-02", "--to", "2026-10-01"), "is not before"),
        (("--from", "2026-10-01T00:30:00Z", "--to", "2026-10-02"), "is no whole hour"),
        (("--month", "2026-10", "--from", "2026-10-01"), "a month or a range"),
    ],
)
def test_a_span_that_cannot_be_counted_is_a_usage_error(report: Any, arguments: tuple[str, ...], what: str) -> None:
    done = report(*arguments)
    assert done.exception.exit_code == 2 and what in str(done.exception)
