"""One pattern for both engines."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.policy.anchors import Anchors, anchors, any_of
from streams.policy.exact import exact, exact_any
from streams.policy.pattern import parse


class Expression(NamedTuple):
    """`exact`, for RE2, is the truth; its group 1 is the match. A text that holds none of one of the `anchors` cannot match."""

    exact: str
    anchors: tuple[Anchors, ...]


def translate(pattern: str, lists: Mapping[str, Sequence[str]]) -> Expression:
    """Translate one pattern.

    Raises:
        PatternError: it is not of the language, or past a bound.
    """
    node = parse(pattern, lists)
    return Expression(exact(node), anchors(node))


def translate_any(patterns: Sequence[str], lists: Mapping[str, Sequence[str]]) -> Expression:
    """Several patterns, of which one must be seen, as one expression: it has no span.

    Raises:
        PatternError: one is not of the language, or past a bound.
    """
    nodes = [parse(pattern, lists) for pattern in patterns]
    return Expression(exact_any(nodes), (any_of([anchors(node) for node in nodes]),))
