"""What is fuzzed. A case's limit is in seconds of processor time, far above what it takes: it finds what grows out of bounds."""

from faults.fuzz import asking, hooks, policy, reading, requests, statements
from faults.fuzz.cases import Target


def _target(name: str, opened: object, limit_s: float, *, control: bool = False) -> Target:
    return Target(name, " ".join((opened.__doc__ or "").split()), opened, limit_s, control)


TARGETS = (
    _target("careless", reading.careless, 1, control=True),
    _target("decode", reading.decode, 1),
    _target("adapters", reading.adapters, 1),
    _target("worker", reading.worker, 2),
    _target("patterns", policy.patterns, 3),
    _target("packs", policy.packs, 3),
    _target("intake", asking.intake, 2),
    _target("statements", statements.statements, 10),
    _target("requests", requests.requests, 10),
    _target("hooks", hooks.hooks, 1),
)
