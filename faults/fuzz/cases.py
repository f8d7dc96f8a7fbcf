"""What a target is, and the number of a case: everything of a case follows from the seed, the target's name and that number."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from random import Random
from typing import NamedTuple

# Makes one input, gives it to what is tested, holds the end against what is documented. Says how it ended; whatever it raises is a finding.
Case = Callable[[Random], str]


class Target(NamedTuple):
    """What is fuzzed. `open` sets up what the cases share. A case that lasts longer than `limit_s` is a finding."""

    name: str
    what: str
    open: Callable[[], AbstractContextManager[Case]]
    limit_s: float
    control: bool = False  # known to be wrong: something must be found


class Broken(Exception):
    """The end is none of those that are documented. Carries the input, so that it can be kept as a case."""

    def __init__(self, what: str, given: object) -> None:
        super().__init__(what)
        self.given = given


def chance_of(seed: int, target: str, number: int) -> Random:
    """What a case is drawn from."""
    return Random(f"{seed}/{target}/{number}")


def must(holds: object, what: str, given: object) -> None:
    """Raises:
    Broken: it does not hold.
    """
    if not holds:
        raise Broken(what, given)
