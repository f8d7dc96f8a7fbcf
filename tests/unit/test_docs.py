"""Reference pages are made from the code: a setting, command or metric that is new, changed or undocumented fails here."""

from pathlib import Path

import pytest

from streams.cli import app
from streams.cli.reference import PAGES, commands
from streams.metrics import Metrics
from streams.settings_view import reference

DOCS = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="the documentation comes with the checkout, not with the wheel")


@pytest.mark.parametrize("page", PAGES)
def test_a_reference_page_says_what_the_code_says(page: str) -> None:
    assert (DOCS / f"{page}.md").read_text() == PAGES[page](app), f"docs/{page}.md is out of date; run: plumbline reference --write docs"


def test_every_setting_has_a_description() -> None:
    assert [row.name for row in reference() if not row.description] == []


def test_every_metric_has_a_meaning() -> None:
    declared = Metrics().declared()
    assert len(declared) >= 17
    assert [name for name, _, meaning, _ in declared if not meaning] == []


def test_every_command_has_help() -> None:
    assert [path for path, command in commands(app) if not command.help] == []


def test_every_option_has_help() -> None:
    missing = [(path, each.name) for path, command in commands(app) for each in command.params if each.name != "help" and not each.help]
    assert missing == []


def test_every_alert_rule_has_a_runbook_that_is_there() -> None:
    from streams.alerts.rules import load_rules
    from streams.policy.pack import SHIPPED

    rules = load_rules(None, {path.stem for path in (SHIPPED / "detectors").glob("*.toml")}).rules
    headings = {line.lstrip("# ").replace(" ", "-").lower() for line in (DOCS / "alerts.md").read_text().splitlines() if line.startswith("#")}
    assert [rule.id for rule in rules.values() if rule.runbook != f"docs/alerts.md#{rule.id}" or rule.id not in headings] == []
