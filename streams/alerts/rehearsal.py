"""The cases of alert rules, played: dated events arrive as the clock moves; at each check the rule must have fired for exactly the groups named."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from schemas.alert_rules import AlertRuleFile, CaseEvents, RuleCase, span_seconds
from streams.alerts.facts import DAY, HOUR, MINUTE, Facts, Labels, Landing, Range, Rows, Text
from streams.alerts.kinds import firings
from streams.alerts.rules import AlertRules
from streams.policy.problems import Problem, Source

DIMENSIONS = ("category", "outcome", "severity", "organization", "country", "model", "revision")
VOLUME_DIMENSIONS = ("organization", "country", "model", "source")


class Happened(NamedTuple):
    """One event of a case, as one arrival of it. Times in seconds since 1970; `user`, `api_key`, `similarity` as the tables have them."""

    arrives: int
    at: int
    key: int
    organization: str
    category: str
    outcome: str
    severity: str
    country: str
    model: str
    user: int
    api_key: int
    similarity: int


def failures(rules: AlertRules) -> Iterator[Problem]:
    """Every check that does not hold, with where it stands."""
    for rule in rules.rules.values():
        for at, case in enumerate(rule.cases):
            for index, check in enumerate(case.checks):
                found = fired(rule, case, int(check.now.timestamp()))
                if found != sorted(check.alerts):
                    path = f"alerts/{rule.id}.toml"
                    wanted = f"at {check.now:%Y-%m-%d %H:%M} there must be {_listed(sorted(check.alerts))}"
                    message = f"{case.title}: {wanted} but there is {_listed(found)}"
                    yield Source(path, rules.files[path]).problem(("cases", at, "checks", index), message)


def checks_of(rules: AlertRules) -> int:
    """How many checks the cases have."""
    return sum(len(case.checks) for rule in rules.rules.values() for case in rule.cases)


def fired(rule: AlertRuleFile, case: RuleCase, now: int) -> list[str]:
    """The groups that the rule fires for at a moment, looking at the two days before it."""
    arrived = [each for each in happened(case.events) if each.arrives <= now]
    found = firings(rule, facts_of(arrived, now, case.waiting), Range(now - 2 * DAY, now))
    named = {" ".join(f"{name}={value}" for name, value in firing.group.items()) or "all" for firing in found if firing.start <= now}
    return sorted(named)


def happened(events: Iterable[CaseEvents]) -> list[Happened]:
    """All arrivals of a case's events, copies included."""
    arrivals = []
    for number, spec in enumerate(events):
        start, step = int(spec.at.timestamp()), span_seconds(spec.every) if spec.every else 0
        late, name = span_seconds(spec.late) if spec.late else 0, repr(spec)
        for index in range(spec.count):
            organization = spec.organizations[index % len(spec.organizations)]
            similarity = _text(spec.text, index, spec.varied) if spec.text else _number("alone", number, name, index)
            one = Happened(
                start + index * step + late, start + index * step, _number("event", number, name, index), organization, spec.category or "",
                spec.outcome.value, spec.severity.value, spec.country, spec.model, 1 + index % spec.users, 1 + index % spec.keys, similarity,
            )  # fmt: skip
            arrivals += [one] * spec.copies
    return arrivals


def facts_of(arrived: Sequence[Happened], now: int, waiting: int | None = None) -> Facts:
    """What ClickHouse would say of these arrivals: each event once, however often it came."""
    events = list({each.key: each for each in arrived}.values())
    tagged = [each for each in events if each.category]
    first_seen: dict[tuple[str, str], int] = {}
    newcomers: dict[str, int] = {}
    for each in events:
        newcomers[each.organization] = min(each.at // HOUR * HOUR, newcomers.get(each.organization, each.at))
    for each in (one for one in tagged if one.outcome == "violation"):
        key = (each.organization, each.category)
        first_seen[key] = min(each.at, first_seen.get(key, each.at))
    return Facts(
        minutes=_rows(tagged, MINUTE),
        hours=_rows(tagged, HOUR),
        volumes=_volumes(events),
        users=_users(tagged),
        texts=[Text(each.at, each.similarity, each.category, each.organization, each.api_key) for each in tagged],
        first_seen=first_seen,
        newcomers=newcomers,
        began=min((each.at // HOUR * HOUR for each in events), default=now),
        landing=Landing(max((each.arrives for each in arrived), default=0), waiting),
    )


def _rows(events: Sequence[Happened], step: int) -> Rows:
    at = np.asarray([each.at // step * step for each in events], np.int64)
    return Rows(step, at, np.ones(len(at)), _columns(events))


def _users(events: Sequence[Happened]) -> Rows:
    at, users = np.asarray([each.at for each in events], np.int64), np.asarray([each.user for each in events], np.uint64)
    return Rows(1, at, users, _columns(events))


def _columns(events: Sequence[Happened]) -> dict[str, Labels]:
    return {name: Labels.of([getattr(each, name, "") for each in events]) for name in DIMENSIONS}


def _volumes(events: Sequence[Happened]) -> Rows:
    at = np.asarray([each.at // HOUR * HOUR for each in events], np.int64)
    return Rows(HOUR, at, np.ones(len(at)), {name: Labels.of([getattr(each, name, "plumbline") for each in events]) for name in VOLUME_DIMENSIONS})


def _number(*parts: object) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def _text(number: int, copy: int, varied: int) -> int:
    """The similarity hash of a copy of a text: as many bits as given differ from the first copy's, others for each copy."""
    similarity = _number("text", number)
    for bit in range(varied if copy else 0):
        similarity ^= 1 << ((copy * 7 + bit * 13) % 64)
    return similarity


def _listed(groups: Sequence[str]) -> str:
    return ", ".join(groups) if groups else "no alert"
