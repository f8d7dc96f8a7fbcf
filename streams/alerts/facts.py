"""What rules are evaluated on: columns of signals, volumes, users and texts. The same whether ClickHouse or a case's events gave them.

Times are seconds since 1970; `at` is the start of a bucket (a minute or an hour) or, of users and texts, the moment itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from schemas.alert_rules import Counted
from schemas.verdict import Severity

SEVERITIES = [each.value for each in Severity]
HOUR, MINUTE, DAY = 3_600, 60, 86_400


@dataclass(frozen=True)
class Labels:
    """A column of repeated texts: `names[codes[i]]` is the value of row i."""

    codes: np.ndarray
    names: Sequence[str]

    @classmethod
    def of(cls, values: Sequence[str]) -> "Labels":
        names, codes = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True) if len(values) else ((), np.zeros(0, np.int64))
        return cls(codes.astype(np.int64), [str(name) for name in names])

    def among(self, wanted: Sequence[str]) -> np.ndarray:
        """Which rows have one of the wanted values."""
        admitted = np.fromiter((name in wanted for name in self.names), bool, len(self.names))
        return admitted[self.codes] if len(self.names) else np.zeros(len(self.codes), bool)

    def take(self, rows: np.ndarray) -> "Labels":
        return Labels(self.codes[rows], self.names)


@dataclass(frozen=True)
class Rows:
    """Counted rows: `value` events in the bucket that starts at `at`, by dimension. `step`: seconds of a bucket."""

    step: int
    at: np.ndarray
    value: np.ndarray
    dimensions: Mapping[str, Labels]

    def fitting(self, count: Counted) -> np.ndarray:
        """Which rows a rule counts."""
        keep = np.ones(len(self.at), bool)
        severities = SEVERITIES[SEVERITIES.index(count.least_severity.value) :]
        wanted = {
            "category": count.categories,
            "outcome": [each.value for each in count.outcomes],
            "severity": severities if len(severities) < len(SEVERITIES) else [],
            "organization": count.organizations,
            "country": count.countries,
            "model": count.models,
        }
        for name, values in wanted.items():
            if values:
                keep &= self.dimensions[name].among(values)
        return keep

    def only(self, keep: np.ndarray) -> "Rows":
        return Rows(self.step, self.at[keep], self.value[keep], {name: labels.take(keep) for name, labels in self.dimensions.items()})


class Text(NamedTuple):
    """One tagged text: its similarity hash and who sent it when."""

    at: int
    similarity: int
    category: str
    organization: str
    api_key: int


class Landing(NamedTuple):
    """How the pipeline is: when something landed last, and the records that wait (None: nobody knows)."""

    landed_at: int
    waiting: int | None = None


NOTHING_LANDED = Landing(0)


@dataclass(frozen=True)
class Facts:
    """All that rules may ask for. `first_seen`: (organization, category) -> first tagged moment of all time; `newcomers`: organization -> first
    event of all; `began`: first hour of which anything is known."""

    minutes: Rows
    hours: Rows
    volumes: Rows
    users: Rows  # at: the moment; value: the keyed hash of the user
    texts: Sequence[Text] = ()
    first_seen: Mapping[tuple[str, str], int] = field(default_factory=dict)
    newcomers: Mapping[str, int] = field(default_factory=dict)
    began: int = 0
    landing: Landing = NOTHING_LANDED
    kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)  # what several rules derive alike

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """The same derived value for rules that need the same."""
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]


class Range(NamedTuple):
    """Which moments to look at for firings: ends of windows in (`since`, `now`]."""

    since: int
    now: int


def joined(earlier: Rows, later: Rows) -> Rows:
    """Both, one after the other."""
    dimensions = {}
    for name, mine in earlier.dimensions.items():
        names = list(dict.fromkeys([*mine.names, *later.dimensions[name].names]))
        number = {each: at for at, each in enumerate(names)}
        codes = [np.asarray([number[each] for each in part.names], np.int64)[part.codes] for part in (mine, later.dimensions[name])]
        dimensions[name] = Labels(np.concatenate(codes), names)
    return Rows(earlier.step, np.concatenate([earlier.at, later.at]), np.concatenate([earlier.value, later.value]), dimensions)


def empty_rows(step: int, dimensions: Sequence[str]) -> Rows:
    """No rows."""
    return Rows(step, np.zeros(0, np.int64), np.zeros(0, np.float64), {name: Labels(np.zeros(0, np.int64), []) for name in dimensions})
