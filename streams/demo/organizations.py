"""The organizations of the demonstration: who they are, where, how many people they have, how much they send."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

SOURCES = {"plumbline": 62, "anthropic.messages": 13, "openai.chat": 12, "litellm": 8, "otel.log": 5}
MODELS = {
    "anthropic": {"claude-sonnet-4-5": 6, "claude-haiku-4-5": 3, "claude-opus-4-1": 1},
    "openai": {"gpt-4.1": 4, "gpt-4.1-mini": 5, "o4-mini": 1},
    "mistral": {"mistral-large-latest": 3, "mistral-small-latest": 2},
}
_PROVIDERS = {"anthropic.messages": {"anthropic": 1}, "openai.chat": {"openai": 1}}
_ANY_PROVIDER = {"anthropic": 6, "openai": 3, "mistral": 1}
_TAIL, _LARGEST = 1.15, 60.0  # a few organizations send most; the largest sends this many times the smallest


@dataclass(frozen=True)
class Organization:
    """One customer. `volume` is relative; `users` and `api_keys` are counts; `topics` are (topic id, cumulative weight)."""

    id: str
    kind: str
    organization_type: str
    use_case: str
    audience: str
    safeguards: tuple[str, ...]
    end_user_age: str
    country: str
    utc_offset_h: float
    language: str
    rhythm: str
    source: str
    provider: str
    models: tuple[tuple[str, float], ...]
    topics: tuple[tuple[str, float], ...]
    users: int
    api_keys: int
    volume: float

    @property
    def name(self) -> str:
        """As people write it: org-harbor-clinic is Harbor Clinic."""
        return self.id.removeprefix("org-").replace("-", " ").title()

    def context(self) -> dict[str, Any]:
        """As the event contract has it."""
        return {
            "audience": self.audience, "organization_type": self.organization_type, "declared_use_case": self.use_case,
            "safeguards": list(self.safeguards), "end_user_age": self.end_user_age, "country": self.country,
        }  # fmt: skip


def make_organizations(data: Mapping[str, Any], *, seed: int, count: int) -> tuple[Organization, ...]:
    """The named ones, then one of each kind, then others by the kinds' shares, `count` in all.

    Args:
        data: texts/organizations.toml.
    """
    random, made = Random(f"organizations {seed}"), []
    kinds = {kind["id"]: kind for kind in data["kinds"]}
    countries = {country["code"]: country for country in data["countries"]}
    for entry in data["named"]:
        made.append(_organization(random, entry["id"], kinds[entry["kind"]], countries[entry["country"]]))
    names = _names(random, data["words"])
    common = [kind for kind in data["kinds"] if kind["share"]]
    while len(made) < count:
        at = len(made) - len(data["named"])
        kind = common[at] if at < len(common) else kinds[_weighted(random, {each["id"]: each["share"] for each in common})]
        code = kind.get("country") or _weighted(random, {each["code"]: each["share"] for each in data["countries"]})
        made.append(_organization(random, f"org-{next(names)}-{random.choice(kind['endings'])}", kind, countries[code]))
    return tuple(made)


def _names(random: Random, words: Sequence[str]) -> Iterator[str]:
    """Single words first, then pairs, none twice."""
    yield from random.sample(words, len(words))
    pairs = [f"{first}-{second}" for first in words for second in words if first != second]
    yield from random.sample(pairs, len(pairs))


def _organization(random: Random, name: str, kind: Mapping[str, Any], country: Mapping[str, Any]) -> Organization:
    source = _weighted(random, SOURCES)
    provider = _weighted(random, _PROVIDERS.get(source, _ANY_PROVIDER))
    low, high = kind["users"]
    volume = min(random.paretovariate(_TAIL), _LARGEST)
    users = round(low * (high / low) ** random.random())
    return Organization(
        id=name, kind=kind["id"], organization_type=kind["organization_type"], use_case=kind["use_case"], audience=kind["audience"],
        safeguards=tuple(sorted(kind["safeguards"])), end_user_age=kind.get("end_user_age", "unknown"),
        country=country["code"], utc_offset_h=country["utc_offset_h"], language=country["language"], rhythm=kind["rhythm"],
        source=source, provider=provider, models=_cumulative(MODELS[provider]), topics=_cumulative(kind["topics"]),
        users=users, api_keys=1 + min(11, int(random.expovariate(0.5)), users), volume=kind["volume"] * volume,
    )  # fmt: skip


def _weighted(random: Random, weights: Mapping[str, float]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


def _cumulative(weights: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    total = sum(weights.values())
    return tuple(zip(weights, accumulate(weight / total for weight in weights.values()), strict=True))
