"""What a check finds."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from streams.settings import Settings


class State(StrEnum):
    """`warn`: it works, and something will hurt later."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """One line: what was checked, how it is, and the command that mends it (empty when all is well)."""

    check: str
    state: State
    message: str
    command: str = ""


class Check(NamedTuple):
    """A named group of findings about one part. After `seconds` it counts as hung. `section` of the settings says where the part is."""

    name: str
    run: Callable[[Settings], Iterable[Finding]]
    seconds: float = 15
    section: str = ""


def ok(check: str, message: str) -> Finding:
    return Finding(check, State.OK, message)


def warn(check: str, message: str, command: str) -> Finding:
    return Finding(check, State.WARN, message, command)


def fail(check: str, message: str, command: str) -> Finding:
    return Finding(check, State.FAIL, message, command)
