"""Alert rules of a policy pack: read and checked as one, every problem with path, line and column."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import get_args

from schemas.alert_rules import Absence, AlertRuleFile, Condition, Spike, Threshold, span_seconds
from streams.errors import ConfigurationError
from streams.policy.pack import SHIPPED, PackError
from streams.policy.problems import Problem, Source, nearest

FOLDER = "alerts"
KINDS = frozenset(get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(get_args(Condition)[0]))
MOST_RULES = 1_000
LONGEST_THRESHOLD_D = 90


@dataclass(frozen=True)
class AlertRules:
    """Checked rules, by id. `hash` names exactly this content."""

    rules: Mapping[str, AlertRuleFile]
    files: Mapping[str, str]
    hash: str


def load_rules(pack: Path | None, categories: Collection[str]) -> AlertRules:
    """The rules of a pack folder; without one, those that come with Plumbline.

    Args:
        categories: ids that rules may name.

    Raises:
        PackError: naming every problem.
        ConfigurationError: a file is not UTF-8.
    """
    files = {}
    for path in sorted(((pack or SHIPPED) / FOLDER).glob("*.toml")):
        try:
            files[f"{FOLDER}/{path.name}"] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{path} is not UTF-8", cause=str(error), command="plumbline alerts check") from error
    return rules_from(files, categories)


def rules_from(files: Mapping[str, str], categories: Collection[str]) -> AlertRules:
    """Check the texts of rule files, given by their paths within the pack.

    Raises:
        PackError: naming every problem.
    """
    problems: list[Problem] = []
    rules = {}
    for path, text in sorted(files.items()):
        source = Source(path, text)
        rule, found = source.read(AlertRuleFile, tags=KINDS)
        problems += found
        if rule is not None:
            problems += _problems(source, rule, categories)
            rules[rule.id] = rule
    if len(rules) > MOST_RULES:
        problems.append(Problem(FOLDER, 1, 1, f"{len(rules)} rules; at most {MOST_RULES}"))
    if problems:
        raise PackError(problems)
    digest = hashlib.sha256("\0".join(part for pair in sorted(files.items()) for part in pair).encode()).hexdigest()
    return AlertRules(rules, dict(files), digest[:16])


def _problems(source: Source, rule: AlertRuleFile, categories: Collection[str]) -> Iterator[Problem]:
    if PurePosixPath(source.path).stem != rule.id:
        yield source.problem(("id",), f"id {rule.id!r} and file name {PurePosixPath(source.path).name!r} differ")
    when = rule.when
    named = [(("when", "count", "categories"), each) for each in getattr(getattr(when, "count", None), "categories", [])]
    named += [(("when", "categories"), each) for each in getattr(when, "categories", [])]
    named += [(("cases", at, "events"), each.category) for at, case in enumerate(rule.cases) for each in case.events if each.category]
    for place, category in named:
        if category not in categories:
            yield source.problem(place, f"there is no detector {category!r}{nearest(category, categories)}")
    yield from _about_windows(source, rule)
    if not any(check.alerts for case in rule.cases for check in case.checks):
        yield source.problem(("cases",), "no case fires")
    if all(check.alerts for case in rule.cases for check in case.checks):
        yield source.problem(("cases",), "no case stays silent")


def _about_windows(source: Source, rule: AlertRuleFile) -> Iterator[Problem]:
    when, place = rule.when, ("when", "window")
    if isinstance(when, Threshold) and span_seconds(when.window) > LONGEST_THRESHOLD_D * 86_400:
        yield source.problem(place, f"a window has at most {LONGEST_THRESHOLD_D} days")
    if isinstance(when, Threshold) and when.measure == "share":
        if span_seconds(when.window) % 3_600:
            yield source.problem(place, "volumes are kept by hour: a share's window is whole hours")
        if not set(when.group_by) <= {"organization", "category", "country", "model"}:
            yield source.problem(("when", "group_by"), "a share can be grouped by organization, category, country and model")
        if when.at_least > 1:
            yield source.problem(("when", "at_least"), "a share is at most 1")
    if isinstance(when, Spike) and (span_seconds(when.window) % 3_600 or span_seconds(when.window) > 86_400):
        yield source.problem(place, "the window of a spike is 1 to 24 whole hours")
    if isinstance(when, Absence) and when.of == "events" and span_seconds(when.window) % 3_600:
        yield source.problem(place, "volumes are kept by hour: the window is whole hours")
    if isinstance(when, Absence) and when.of != "events" and when.group_by:
        yield source.problem(("when", "group_by"), "only the absence of events has groups")
