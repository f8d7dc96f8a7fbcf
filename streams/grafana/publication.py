"""Bringing a Grafana to what is wanted: what differs, what was done, what was removed."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from streams.grafana.resources import Contact, Resource
from streams.grafana.server import Grafana

MISSING = "is missing"
REDACTED = "[REDACTED]"  # how Grafana shows what it keeps secret


class Difference(NamedTuple):
    """One thing of Grafana that is not as wanted: missing, or where it differs."""

    kind: str
    name: str
    where: str


class Outcome(NamedTuple):
    """What became of one thing: created, updated, unchanged, removed, absent or kept (and why)."""

    kind: str
    name: str
    state: str
    why: str = ""


def differences(grafana: Grafana, wanted: Sequence[Resource]) -> Iterator[Difference]:
    """Where Grafana is not as wanted; what it adds by itself (ids, versions, defaults) is no difference."""
    for resource in wanted:
        there = resource.there(grafana)
        if there is None:
            yield Difference(resource.kind, resource.name, MISSING)
        else:
            yield from (Difference(resource.kind, resource.name, place) for place in differing(resource.wanted, there))


def push(grafana: Grafana, wanted: Sequence[Resource], *, renew: bool = False) -> Iterator[Outcome]:
    """Write what differs; with `renew` also what does not. Doing it twice changes nothing the second time."""
    for resource in wanted:
        there = resource.there(grafana)
        if there is not None and not renew and not any(differing(resource.wanted, there)):
            yield Outcome(resource.kind, resource.name, "unchanged")
            continue
        resource.write(grafana, there)
        yield Outcome(resource.kind, resource.name, "created" if there is None else "updated")


def remove(grafana: Grafana, wanted: Sequence[Resource]) -> Iterator[Outcome]:
    """Take away what push wrote, the last first, and nothing else."""
    for resource in reversed(wanted):
        if resource.there(grafana) is None:
            yield Outcome(resource.kind, resource.name, "absent")
            continue
        kept = resource.remove(grafana)
        yield Outcome(resource.kind, resource.name, "kept" if kept else "removed", kept)


def differing(wanted: Any, there: Any, place: str = "") -> Iterator[str]:
    """Places at which `there` does not hold what is wanted; keys that only `there` has do not count."""
    if isinstance(wanted, dict) and isinstance(there, dict):
        for key, value in wanted.items():
            yield from differing(value, there.get(key), f"{place}.{key}" if place else key)
    elif isinstance(wanted, list) and isinstance(there, list) and len(wanted) == len(there):
        for at, (one, other) in enumerate(zip(wanted, there, strict=True)):
            yield from differing(one, other, f"{place}[{at}]")
    elif wanted != there and there != REDACTED:
        yield place


def with_contact(wanted: Sequence[Resource]) -> list[Resource]:
    """For removal: also the contact point that an earlier push may have made."""
    return list(wanted) if any(isinstance(each, Contact) for each in wanted) else [*wanted[:2], Contact("nobody@localhost"), *wanted[2:]]
