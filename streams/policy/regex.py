"""The part of regular expressions that a detector may use: what both engines read alike and what cannot blow up."""

import re

MAX_REPEAT, MAX_PRODUCT, MAX_LENGTH = 64, 1_000, 1_000  # RE2 refuses a product past 1,000
LONGEST_REASON = 300  # characters
ANY_LETTER = "\0"  # stands for \\w until a translation says what a letter of a word is

_ESCAPES = {"d": "[0-9]", "s": r"[\x09-\x0d\x20]", "w": ANY_LETTER}


class PatternError(ValueError):
    """A pattern that is refused; `str()` says why, however long what it quotes may be."""

    def __init__(self, why: str) -> None:
        super().__init__(why if len(why) <= LONGEST_REASON else f"{why[: LONGEST_REASON // 2]} … {why[-LONGEST_REASON // 4 :]}")


_REGEX_TOKEN = re.compile(
    r"(?P<class>\[\^?(?:\\.|[^\]\\])+\])|(?P<escape>\\.)|(?P<group>\(\?:)|(?P<bad>\(\?|\(|[*+^$])|(?P<repeat>\{[0-9]*,?[0-9]*\})|(?P<plain>.)",
    re.DOTALL,
)


def check_regex(source: str) -> str:
    """Admit the part of regular expressions that both engines read alike and that cannot blow up; give it with explicit classes.

    Raises:
        PatternError: a construct or a repeat is not admitted.
    """
    if len(source) > MAX_LENGTH:
        raise PatternError(f"the regular expression has {len(source)} characters, more than {MAX_LENGTH}")
    parts, depth, repeated = [], 0, False
    for found in _REGEX_TOKEN.finditer(source):
        kind, token = found.lastgroup, found.group()
        if kind == "bad":
            raise PatternError(f"{token!r} is not admitted in a regular expression here (no *, +, anchors, captures or look-around)")
        repeats = kind == "repeat" or token == "?"
        if repeats and repeated:
            raise PatternError(f"{token!r} repeats a repeat")
        repeated = repeats
        if kind == "class":
            _check_class(token)
        depth += (kind == "group") - (token == ")")
        parts.append(_plain(kind, token))
    if depth:
        raise PatternError("brackets of the regular expression do not pair")
    if (product := most_repeats(source)) > MAX_PRODUCT:
        raise PatternError(f"the repeats multiply to {product}, more than {MAX_PRODUCT}")
    return f"(?:{_compilable(''.join(parts))})"


def most_repeats(source: str) -> int:
    """How often the repeats together may copy a part of the expression, at most."""
    product = 1
    for found in _REGEX_TOKEN.finditer(source):
        if found.lastgroup == "repeat":
            product *= max(_repeat(found.group()), 1)
    return product


def _plain(kind: str | None, token: str) -> str:
    if kind == "escape":
        return _escape(token)
    return r"[^\n]" if token == "." and kind == "plain" else token


def _repeat(token: str) -> int:
    low, comma, high = token[1:-1].partition(",")
    short = 0 < len(low) < 4 and len(high) < 4 and bool(high or not comma)
    if not short or int(high or low) > MAX_REPEAT or int(low) > int(high or low):
        raise PatternError(f"repeat {token} is not bounded by {MAX_REPEAT}")
    return int(high or low)


def _check_class(token: str) -> None:
    """Letters and digits after a backslash (\\d, \\x41, \\p) mean different things in the two engines."""
    for found in re.finditer(r"\\(.)", token):
        if found.group(1).isalnum():
            raise PatternError(f"{found.group()} is not admitted inside [...]; write the characters")
    if "[" in token[1:] or "&&" in token:
        raise PatternError("'[' inside [...] is not admitted")


def _escape(token: str) -> str:
    if token[1].isalnum():
        if token[1] not in _ESCAPES:
            raise PatternError(f"{token} is not admitted in a regular expression here (only \\d \\w \\s and escaped punctuation)")
        return _ESCAPES[token[1]]
    return token


def _compilable(text: str) -> str:
    try:
        compiled = re.compile(text.replace(ANY_LETTER, r"\w"))
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"the regular expression does not parse: {error}") from error
    if compiled.match(""):
        raise PatternError("the regular expression may match an empty text")
    return text
