"""What scanners read and what they find."""

from collections.abc import Sequence
from typing import NamedTuple

Content = Sequence[tuple[str, str]]  # (field, text) of one event, in reading order


class RuleId(NamedTuple):
    """What a detection is reported as. `name` is category, dot, rule id; a statistical rule is `<category>.model-<kind>`."""

    name: str
    category: str
    version: int


class Match(NamedTuple):
    """A rule that fired: code points [start, end) of the field, and the score there."""

    rule: RuleId
    score: float
    field: str
    start: int
    end: int
