"""Alert rules as content: what is checked, with path, line and column; and that their cases hold, and would fail if the rule were another."""

import pytest

from streams.alerts.rehearsal import failures
from streams.alerts.rules import load_rules, rules_from
from streams.policy.pack import SHIPPED, PackError

CATEGORIES = {path.stem for path in (SHIPPED / "detectors").glob("*.toml")}
SHIPPED_RULES = load_rules(None, CATEGORIES)
RULE = SHIPPED_RULES.files["alerts/organization_surge.toml"]


def problems(text: str, path: str = "alerts/organization_surge.toml") -> list[str]:
    with pytest.raises(PackError) as caught:
        rules_from({path: text}, CATEGORIES)
    return [str(problem) for problem in caught.value.problems]


def test_every_shipped_rule_checks_and_its_cases_hold():
    assert len(SHIPPED_RULES.rules) >= 13
    assert [str(problem) for problem in failures(SHIPPED_RULES)] == []


def test_every_kind_of_rule_is_shipped_with_cases_that_fire_and_that_stay_silent():
    kinds = {rule.when.kind for rule in SHIPPED_RULES.rules.values()}
    assert kinds == {"threshold", "spike", "new_entity", "trend", "allowance_misuse", "coordinated", "absence"}


@pytest.mark.parametrize("rule", SHIPPED_RULES.rules.values(), ids=lambda rule: rule.id)
def test_a_rule_that_never_fires_fails_its_cases(rule):
    """The control: the cases can tell a rule from one that is broken."""
    broken = rule.model_copy(update={"when": _never(rule.when)})
    assert list(failures(SHIPPED_RULES.__class__({rule.id: broken}, SHIPPED_RULES.files, "")))


@pytest.mark.parametrize("rule", SHIPPED_RULES.rules.values(), ids=lambda rule: rule.id)
def test_a_rule_that_fires_too_soon_fails_its_cases(rule):
    eager = rule.model_copy(update={"when": _sooner(rule.when)})
    assert list(failures(SHIPPED_RULES.__class__({rule.id: eager}, SHIPPED_RULES.files, "")))


def _never(when):
    if when.kind == "absence" and when.of == "landing":
        return when.model_copy(update={"window": "9000d"})
    return when.model_copy(update={"at_least": 10_000_000})


def _sooner(when):
    if when.kind == "absence":
        return when.model_copy(update={"window": "1m" if when.of != "events" else "1h", "at_least": 1})
    if when.kind == "spike":
        return when.model_copy(update={"at_least": 1, "ratio": 1.0, "deviations": 0.1, "least_samples": 1})
    if when.kind == "trend":
        return when.model_copy(update={"growth": 1.01, "days": 4})
    if when.kind == "coordinated":
        return when.model_copy(update={"least_senders": 2, "at_least": 2})
    if when.kind == "allowance_misuse":
        return when.model_copy(update={"growth": 1.01, "at_least": 1})
    smaller = 0.01 if when.kind == "threshold" and when.measure == "share" else 1
    return when.model_copy(update={"at_least": smaller, **({"least_volume": 1} if smaller < 1 else {})})


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            'severity = "high"\ncritical',
            'severity = "hihg"\ncritical',
            "alerts/organization_surge.toml:6:1: unknown value 'hihg'; did you mean 'high'?",
        ),
        ('window = "1d"', 'window = "1 day"', ":13:1: string should match pattern"),
        ('kind = "threshold"', 'kind = "treshold"', "treshold"),
        ("at_least = 20", "atleast = 20", "unknown key 'atleast'"),
        ('category = "election_misinformation", copies', 'category = "election_misinformatio", copies', "did you mean 'election_misinformation'?"),
        ('id = "organization_surge"', 'id = "organisation_surge"', ":2:1: id 'organisation_surge' and file name 'organization_surge.toml' differ"),
        ('count = { least_severity = "medium" }', 'count = { categories = ["minor"] }', "there is no detector 'minor'; did you mean 'minors'?"),
        ('kind = "threshold"\n', 'kind = "threshold"\nmeasure = "share"\ngroup_by = ["revision"]\n', "a share can be grouped by"),
        ("runbook = ", "runbook_url = ", "unknown key 'runbook_url'; did you mean 'runbook'?"),
    ],
)
def test_what_is_wrong_in_a_rule_is_named_with_its_place(right, wrong, said):
    assert right in RULE
    found = problems(RULE.replace(right, wrong, 1))
    assert any(said in problem for problem in found), found


def test_cases_must_show_both_that_it_fires_and_that_it_stays_silent():
    head, *cases = RULE.split("[[cases]]")
    assert any("no case fires" in problem for problem in problems("[[cases]]".join([head, cases[1]])))


def test_a_spikes_window_is_whole_hours():
    spike = SHIPPED_RULES.files["alerts/organization_spike.toml"].replace('window = "3h"', 'window = "90m"')
    assert any("whole hours" in problem for problem in problems(spike, "alerts/organization_spike.toml"))


def test_a_pack_without_alert_rules_has_none(tmp_path):
    assert load_rules(tmp_path, CATEGORIES).rules == {}
