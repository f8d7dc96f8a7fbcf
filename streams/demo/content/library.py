"""The texts, read from texts/*.toml. Groups name the kinds of organizations that send them and what the policy says of them, revision by revision."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from streams.demo.content.templates import Slots, Template

TEXTS = Path(__file__).with_name("texts")
NO_TAG = "none"

Templates = tuple[Template, ...]


@dataclass(frozen=True)
class Topic:
    """Ordinary work: requests by language, and around them follow-up questions, system prompts (texts with slots) and tasks (JSON objects)."""

    id: str
    requests: Mapping[str, Templates]
    followups: Mapping[str, Templates]
    systems: tuple[str, ...]
    tasks: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Group:
    """Requests that touch a category. `outcomes`: revision id, oldest first -> outcome that is right for them, `none` for no tag."""

    category: str
    texts: Mapping[str, Templates]
    outcomes: Mapping[str, str]
    kinds: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()
    context: Mapping[str, Any] = field(default_factory=dict)

    def size(self) -> int:
        return sum(map(len, self.texts.values()))

    def today(self) -> str:
        """The outcome that is right by the newest revision."""
        return next(reversed(self.outcomes.values()), NO_TAG)

    def outcome(self, revision: str) -> str:
        """The outcome that is right by a revision."""
        return self.outcomes.get(revision, self.today())


@dataclass(frozen=True)
class Violations:
    """Groups of one category and how often it comes up, relative to the others."""

    category: str
    weight: float
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Incident:
    """What an analyst should find. Days count back from the end of the history; `shape` is how it rises and falls."""

    id: str
    category: str
    organizations: tuple[str, ...]
    shape: str
    from_days: float
    to_days: float
    events: int
    texts: Templates
    peak_days: float = 0.0


@dataclass(frozen=True)
class Library:
    """All texts. `near_misses` are right without any tag under every revision."""

    topics: Mapping[str, Topic]
    violations: tuple[Violations, ...]
    near_misses: tuple[Group, ...]
    incidents: tuple[Incident, ...]
    answers: Mapping[str, Templates]
    refusals: Mapping[str, Templates]
    organizations: Mapping[str, Any]
    slots: Slots

    def incident_organizations(self) -> frozenset[str]:
        return frozenset(name for incident in self.incidents for name in incident.organizations)


@lru_cache(maxsize=1)
def load_library() -> Library:
    """Read the texts that come with Plumbline."""
    slots = _read("slots.toml")
    replies = _read("answers.toml")
    followups = _by_language(replies["followups"], slots)
    topics = {path.stem: _topic(path.stem, _toml(path), slots, followups) for path in sorted((TEXTS / "requests").glob("*.toml"))}
    violations = tuple(_violations(_toml(path), slots) for path in sorted((TEXTS / "violations").glob("*.toml")))
    return Library(
        topics=topics,
        violations=violations,
        near_misses=tuple(_near_miss(entry, slots, violations) for entry in _read("near_misses.toml")["groups"]),
        incidents=tuple(_incident(entry, slots) for entry in _read("incidents.toml")["incidents"]),
        answers=_by_language(replies["answers"], slots),
        refusals=_by_language(_read("refusals.toml"), slots),
        organizations=_read("organizations.toml"),
        slots=slots,
    )


def _topic(name: str, data: dict[str, Any], slots: Slots, followups: Mapping[str, Templates]) -> Topic:
    return Topic(
        id=name,
        requests=_by_language(data["requests"], slots),
        followups={**followups, "en": _templates(data["followups"], slots)},
        systems=tuple(data["systems"]),
        tasks=tuple(data["tasks"]),
    )


def _violations(data: dict[str, Any], slots: Slots) -> Violations:
    groups = tuple(_group(data["category"], {"outcomes": data.get("outcomes"), **entry}, slots) for entry in data["groups"])
    return Violations(data["category"], data["weight"], groups)


def _near_miss(entry: dict[str, Any], slots: Slots, violations: tuple[Violations, ...]) -> Group:
    """A group of its own texts, or (`texts_of`) of a category's, sent by those who may."""
    if "texts_of" in entry:
        (borrowed,) = (each.groups[0] for each in violations if each.category == entry["texts_of"])
        return Group(entry["near"], borrowed.texts, {}, frozenset(entry["kinds"]))
    return _group(entry["near"], {"outcomes": {}, **entry}, slots)


def _group(category: str, entry: dict[str, Any], slots: Slots) -> Group:
    return Group(
        category=category,
        texts=_by_language(entry["texts"], slots),
        outcomes=entry["outcomes"],
        kinds=frozenset(entry.get("kinds", ())),
        organizations=frozenset(entry.get("organizations", ())),
        context=entry.get("context", {}),
    )


def _incident(entry: dict[str, Any], slots: Slots) -> Incident:
    return Incident(**{**entry, "organizations": tuple(entry["organizations"]), "texts": _templates(entry["texts"], slots)})


def _by_language(texts: Mapping[str, list[str]], slots: Slots) -> dict[str, Templates]:
    return {language: _templates(each, slots) for language, each in texts.items()}


def _templates(texts: list[str], slots: Slots) -> Templates:
    return tuple(Template(text, slots) for text in texts)


def _read(name: str) -> dict[str, Any]:
    return _toml(TEXTS / name)


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
