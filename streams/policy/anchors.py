"""A pattern's tree to its anchors: sets of words, and of each set a text must hold one, or the pattern cannot match.

Anchors are literals in the normal form of a text (streams/policy/normal.py), with a space where a word begins or ends. Of what a pattern needs, the
part is looked for that fewest texts hold: what many hold costs every one of them and says little. How many do was counted
(streams/policy/frequency.py).
"""

import re
from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from streams.policy.exact import unspaced
from streams.policy.frequency import share_with
from streams.policy.normal import normal_words
from streams.policy.pattern import Either, Gap, Maybe, Node, Regex, Row, Word
from streams.policy.required import literals

LONGEST = 64  # bytes of a literal that are looked for
MOST_SPELLINGS = 200  # of a phrase
MOST_BREAKS = 4  # of a word, each of which doubles its spellings
_BREAKS = "'’-"
_PHRASE = 0.15  # of the texts that hold its rarest word, how many hold a phrase, roughly
_RARE, _TELLING = 0.002, 0.2  # a set that is rarer stands alone; one that is commoner says too little to be looked for


class Anchors(NamedTuple):
    """Literals of which a text must hold one, and about which share of texts does, by the sum over them (so it may pass 1)."""

    rate: float
    sources: tuple[str, ...]


ANY_TEXT = Anchors(2.0, ("",))  # nothing that could be looked for


def anchors(node: Node) -> tuple[Anchors, ...]:
    """Sets of literals: the normal form of every text that the pattern matches holds one of each set. At least one set."""
    edges = not unspaced(node)
    found = [_best(node, edges=edges)]
    if isinstance(node, Row):
        found += [_best(part, edges=edges) for part in _needed(node)]
    return tuple(dict.fromkeys(found))


def any_of(alternatives: Sequence[tuple[Anchors, ...]]) -> Anchors:
    """One set for several patterns of which one must match."""
    return _union([min(sets, key=_order) for sets in alternatives])


def telling(sets: Iterable[Anchors]) -> tuple[tuple[str, ...], ...]:
    """Of the sets that all must be met, those that are worth looking for: the rarest, and beside one that is not rare the next."""
    first, *others = sorted(set(sets), key=_order)
    if first.rate <= _RARE:
        return (first.sources,)
    return (first.sources, *[each.sources for each in others if each.rate <= _TELLING and not _implied(each, first)][:1])


def _implied(anchors: Anchors, held: Anchors) -> bool:
    """Whether a text that holds one of `held` holds one of `anchors` anyway."""
    return all(any(source in holding for source in anchors.sources) for holding in held.sources)


def _union(sets: Iterable[Anchors]) -> Anchors:
    found = list(sets)
    if any(each.sources == ANY_TEXT.sources for each in found):
        return ANY_TEXT
    return Anchors(sum(each.rate for each in found), tuple(sorted({source for each in found for source in each.sources})))


def _needed(row: Row) -> list[Node]:
    return [part for part in row.parts if not isinstance(part, Gap | Maybe)]


def _best(node: Node, *, edges: bool) -> Anchors:
    if isinstance(node, Word):
        return _anchors(_spellings(node)) if edges else _inside(spelling for spelling, _ in _spellings(node))
    if isinstance(node, Regex):
        return _inside(literals(node.source))
    if isinstance(node, Either):
        return _union(_best(option, edges=edges) for option in node.options)
    return min((*(_best(part, edges=edges) for part in _needed(node)), *(_phrases(node) if edges else ())), key=_order)


def _order(anchors: Anchors) -> tuple[float, int, tuple[str, ...]]:
    return anchors.rate, len(anchors.sources), anchors.sources


def _anchors(spellings: Iterable[tuple[str, bool]]) -> Anchors:
    """Words or phrases between spaces; an open one has none behind it."""
    found = sorted(set(spellings))
    if not all(spelling for spelling, _ in found):
        return ANY_TEXT
    rate = sum(_rate(spelling, is_open=is_open) for spelling, is_open in found)
    return Anchors(rate, tuple(_cut(f" {spelling}" if is_open else f" {spelling} ") for spelling, is_open in found))


def _inside(pieces: Iterable[str] | None) -> Anchors:
    """Literals that may stand anywhere, within words as well."""
    found = sorted({normal_words(piece) for piece in pieces or [""]})
    if not all(found):
        return ANY_TEXT
    return Anchors(sum(share_with(piece, is_open=True) * 2 for piece in found), tuple(map(_cut, found)))


def _rate(spelling: str, *, is_open: bool) -> float:
    words = spelling.split()
    rates = [share_with(word, is_open=is_open and at == len(words) - 1) for at, word in enumerate(words)]
    return min(rates) * (_PHRASE if len(rates) > 1 else 1.0)


def _cut(literal: str) -> str:
    return literal.encode()[:LONGEST].decode("utf-8", "ignore")


def _phrases(row: Row) -> list[Anchors]:
    """Each run of two parts or more without a gap or anything optional, as phrases."""
    runs: list[list[Node]] = [[]]
    for part in row.parts:
        if isinstance(part, Gap | Maybe):
            runs.append([])
        else:
            runs[-1].append(part)
    found = [spellings for run in runs if len(run) > 1 and (spellings := _spellings(Row(tuple(run))))]
    return [_anchors(spellings) for spellings in found]


def _spellings(node: Node | Gap | Maybe) -> list[tuple[str, bool]]:
    """All ways to spell a node, or its beginning where more may follow (True); none if they are too many or not known."""
    if isinstance(node, Word):
        return _spellings_of_word(node)
    if isinstance(node, Either):
        ways = [_spellings(option) for option in node.options]
        found = [each for way in ways for each in way]
        return found if all(ways) and len(found) <= MOST_SPELLINGS else []
    if not isinstance(node, Row):
        return []
    found = [("", False)]
    for part in node.parts:
        more = _spellings(part)
        if not more or len(found) * len(more) > MOST_SPELLINGS:
            return [(spelling, True) for spelling, _ in found] if found[0][0] else []
        found = [(spelling, True) if is_open else (f"{spelling} {end}".strip(), open_end) for spelling, is_open in found for end, open_end in more]
    return list(dict.fromkeys(found))


def _spellings_of_word(word: Word) -> list[tuple[str, bool]]:
    """A word with its apostrophes and hyphens as the space that they become, or as nothing; of one with many, what stands before the first."""
    pieces = [(" ", "") if character in _BREAKS else (character,) for character in word.text]
    if len(pieces) > LONGEST or sum(map(word.text.count, _BREAKS)) > MOST_BREAKS:
        return [(normal_words(re.split(f"[{_BREAKS}]", word.text)[0][:LONGEST]), True)]
    return [(spelling, word.open) for spelling in sorted({normal_words("".join(each)) for each in product(*pieces)})]
