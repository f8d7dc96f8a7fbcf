"""Silences that have lasted under our eyes. What seems missing may be on its way: read but not counted yet, or in a history that is being sent."""

from collections.abc import Iterable

from schemas.alert_rules import Absence
from streams.alerts.facts import MINUTE
from streams.alerts.firing import Firing

SEEN_FOR_S = 10 * MINUTE
Key = tuple[str, frozenset[tuple[str, str]], int]  # rule, group, and when the silence began


class Silences:
    """What one evaluator has seen of silences. After a start it sees each anew."""

    def __init__(self) -> None:
        self._first_seen: dict[Key, int] = {}

    def lasting(self, firings: Iterable[Firing], now: int) -> list[Firing]:
        """The firings, without silences that this evaluator saw for the first time less than `SEEN_FOR_S` before `now` (seconds since 1970)."""
        found = [(firing, _key(firing)) for firing in firings]
        self._first_seen = {key: self._first_seen.get(key, now) for _, key in found if key}
        return [firing for firing, key in found if not key or now - self._first_seen[key] >= SEEN_FOR_S]


def _key(firing: Firing) -> Key | None:
    """None for whatever is no silence of a group."""
    when = firing.rule.when
    silence = isinstance(when, Absence) and when.of == "events"
    return (firing.rule.id, frozenset(firing.group.items()), firing.start) if silence else None
