"""A pattern's tree to its anchors: sets of words, and of each set a text must hold one, or the pattern cannot match.

Each anchor is a small expression for Hyperscan, mostly one literal word, and admits more than the pattern does. Of what a pattern needs, those parts
are chosen that fewest texts hold: the rest would only say yes. Measured on real prompts: all words of all patterns cost 10 µs per text, anchors 3.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.policy.exact import unspaced
from streams.policy.pattern import Either, Gap, Maybe, Node, Regex, Row, Word
from streams.policy.regex import ANY_LETTER, most_repeats

# Words that many texts hold, whatever they are about. How common exactly does not matter: it only decides what is looked for first.
_EVERYWHERE_WORDS = """
a all am an and any are as at be but by can could did do does for from had has have he her his how i if in is it its may me more my no not of on
one or our out she should so some than that the their them then there they this to up us was we what when which who will with would you your au
aux avec ce de des du elle en est et il je la le les mais ne nous ou par pas pour que qui se son sur un une vous al como con del el es este las
lo los mi para pero por si sin su una y auf aus bei das dem den der die ein eine er für hat ich im ist mich mit nicht nur oder sich sie sind und
von war wie wir zu zum ao com da dos e ela ele em eu mas meu na nas nos num o os pela pelo sem seu sua um uma 0 1 2 3 4 5 6 7 8 9 10 11 12
"""
_OFTEN_WORDS = """
about add after ago also another answer ask back based because been before being best between both call case change code come company content
create data day description design different each email end even every example explain few file find first follow following format general
generate get give given gives go going good great group help him home hour hours important include inform information into just keep know
language large last less let letter like line list little long look made make making many might minutes money month most much must name need
needs new next now number off often old only order other output over own page part people person place plan please point possible problem product
program provide question read really request result return review right run said same say school script search second see sentence service
several show since someone something specific start state step still story student students such suggest support system take takes task team tell
text these things think third those through time times today together too took total twice two under use used user using want wants way week well
were where while why within without word words work works world write writing year years yes genera
"""
_EVERYWHERE, _OFTEN = frozenset(_EVERYWHERE_WORDS.split()), frozenset(_OFTEN_WORDS.split())
_RATE = {1: 0.9, 2: 0.1, 3: 0.02, 4: 0.005}  # share of texts that hold an uncommon word, by its length
_EVERYWHERE_RATE, _OFTEN_RATE, _LONG_RATE, _PHRASE_RATE, _REGEX_RATE = 0.4, 0.04, 0.002, 0.15, 0.6
_GOOD_ENOUGH, _TELLING, MOST_SETS = 0.05, 0.5, 2
LONGEST, LARGEST, MOST_REPEATS = 64, 4_000, 8  # characters of a word that are looked for, and of a phrase; Hyperscan writes repeats out
_ANYTHING = r"[\s\S]"
_LETTER = r"[\w\x80-\x{10ffff}]"


class Anchors(NamedTuple):
    """Expressions of which a text must hold one, and about which share of texts does, by the sum over them (so it may pass 1)."""

    rate: float
    sources: tuple[str, ...]


def anchors(node: Node) -> tuple[Anchors, ...]:
    """Sets of expressions for Hyperscan (caseless, UTF-8): every text that the pattern matches holds one of each set. At least one set."""
    edges = not unspaced(node)
    found = [_best(node, edges=edges)]
    if isinstance(node, Row):
        found += [_best(part, edges=edges) for part in _needed(node)]
    return tuple(dict.fromkeys(found))


def any_of(alternatives: Sequence[tuple[Anchors, ...]]) -> Anchors:
    """One set for several patterns of which one must match."""
    return _union([min(sets, key=_order) for sets in alternatives])


def telling(sets: Iterable[Anchors]) -> tuple[tuple[str, ...], ...]:
    """Of the sets that all must be met, the few that are worth looking for, rarest first."""
    ordered = sorted(set(sets), key=_order)
    return tuple(each.sources for at, each in enumerate(ordered[:MOST_SETS]) if at == 0 or each.rate <= _TELLING)


def _union(sets: Iterable[Anchors]) -> Anchors:
    found = list(sets)
    return Anchors(sum(each.rate for each in found), tuple(sorted({source for each in found for source in each.sources})))


def _needed(row: Row) -> list[Node]:
    return [part for part in row.parts if not isinstance(part, Gap | Maybe)]


def _best(node: Node, *, edges: bool) -> Anchors:
    if isinstance(node, Word):
        return Anchors(_rate(node), (_word(node, edges=edges),))
    if isinstance(node, Regex):
        return Anchors(1.0, (_ANYTHING,)) if _is_large(node) else Anchors(_REGEX_RATE, (_loose(node),))
    if isinstance(node, Either):
        return _union(_best(option, edges=edges) for option in node.options)
    return _of_row(node, edges=edges)


def _of_row(row: Row, *, edges: bool) -> Anchors:
    """The rarest part that must be there; when all are common, a phrase of neighbours."""
    best = min((_best(part, edges=edges) for part in _needed(row)), key=_order)
    if best.rate <= _GOOD_ENOUGH:
        return best
    return min((best, *_phrases(row, edges=edges)), key=_order)


def _order(anchors: Anchors) -> tuple[float, int, tuple[str, ...]]:
    return anchors.rate, len(anchors.sources), anchors.sources


def _phrases(row: Row, *, edges: bool) -> list[Anchors]:
    """Each run of parts without a gap, as one expression."""
    runs: list[list[Node | Maybe]] = [[]]
    for part in row.parts:
        if isinstance(part, Gap):
            runs.append([])
        else:
            runs[-1].append(part)
    found = []
    for run in runs:
        needed = [part for part in run if not isinstance(part, Maybe)]
        if len(needed) > 1 and len(source := _loose(Row(tuple(run)))) < LARGEST and not any(_is_large(part) for part in run):
            rate = _PHRASE_RATE * min(_best(part, edges=edges).rate for part in needed)
            found.append(Anchors(rate, (source,)))
    return found


def _rate(word: Word) -> float:
    """Share of texts that hold it, roughly. An open word stands for several."""
    text = word.text.casefold()
    if not word.open and text in _EVERYWHERE:
        return _EVERYWHERE_RATE
    return max(_OFTEN_RATE if text in _OFTEN else 0, _RATE.get(len(text), _LONG_RATE)) * (2 if word.open else 1)


def _word(word: Word, *, edges: bool) -> str:
    """A boundary only beside ASCII, where Hyperscan's and ours agree; a long word is rare enough without, and faster as a plain literal."""
    if not edges or len(word.text) > 5:
        return _spelled(word.text[:LONGEST])
    source = _spelled(word.text)
    before = r"\b" if _in_word(word.text[0]) else ""
    after = r"\b" if _in_word(word.text[-1]) and not word.open else ""
    return before + source + after


def _is_large(node: Node | Maybe) -> bool:
    """Whether an expression could be too much for Hyperscan: its repeats are written out, and what remains is for RE2 alone."""
    if isinstance(node, Regex):
        return most_repeats(node.source) > MOST_REPEATS
    return (isinstance(node, Maybe) and _is_large(node.node)) or (isinstance(node, Either) and any(map(_is_large, node.options)))


def _in_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _spelled(text: str) -> str:
    return "".join(map(_character, text))


def _character(character: str) -> str:
    """Like the exact form; a cased letter outside ASCII stands for any such, because engines know different pairs."""
    if character in "'’":
        return "['’]?"
    if character == "-":
        return r"[ \-\x{2010}-\x{2015}]?"
    if character.isascii():
        return character if character.isalnum() or character == "_" else f"\\{character}"
    plain = unicodedata.normalize("NFD", character)[0]
    ascii_form = plain if plain.isascii() and plain.isalpha() else ""
    if ascii_form or character.lower() != character.upper():
        return f"[{ascii_form}\\x{{80}}-\\x{{10ffff}}]"
    return character


def _loose(node: Node) -> str:
    """One expression that admits all that the node does."""
    if isinstance(node, Word):
        return _spelled(node.text) + (f"{_LETTER}*" if node.open else "")
    if isinstance(node, Regex):
        return node.source.replace(ANY_LETTER, _LETTER)
    if isinstance(node, Either):
        return f"(?:{'|'.join(dict.fromkeys(map(_loose, node.options)))})"
    source, begun = "", False
    for part in node.parts:
        if isinstance(part, Gap):
            source += r"[\s\S]*"
        elif isinstance(part, Maybe):
            source += rf"(?:\W+{_loose(part.node)})?" if begun else ""
        else:
            source += rf"\W+{_loose(part)}" if begun else _loose(part)
            begun = True
    return source
