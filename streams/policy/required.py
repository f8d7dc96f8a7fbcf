"""What a regular expression of a detector cannot match without: literals of which every match holds one."""

import re
import string

from streams.policy.regex import ANY_LETTER

_TOKEN = re.compile(r"\[\^?(?:\\.|[^\]\\])+\]|\\.|\(\?:|\{[0-9]*,?[0-9]*\}|.", re.DOTALL)
MOST_OF_CLASS = 12  # characters of a class that are looked for one by one
_KNOWN = string.ascii_lowercase + string.digits


def literals(source: str) -> tuple[str, ...] | None:
    """Of a checked expression (streams/policy/regex.py); None if nothing is needed that could be looked for."""
    found, _ = _alternatives(_TOKEN.findall(source.replace(ANY_LETTER, r"[^\n]")), 0)
    return found


def _alternatives(tokens: list[str], at: int) -> tuple[tuple[str, ...] | None, int]:
    """Up to the bracket that closes: one of each alternative."""
    options: list[tuple[str, ...] | None] = []
    while True:
        found, at = _sequence(tokens, at)
        options.append(found)
        if at >= len(tokens) or tokens[at] == ")":
            known = [each for option in options if option for each in option]
            return (tuple(dict.fromkeys(known)) if all(options) else None), at + 1
        at += 1


def _sequence(tokens: list[str], at: int) -> tuple[tuple[str, ...] | None, int]:
    """The longest literal that one alternative needs, or the smallest set of them."""
    needed: list[tuple[str, ...]] = []
    run = ""
    while at < len(tokens) and tokens[at] not in {"|", ")"}:
        if tokens[at] == "(?:":
            part, at = _alternatives(tokens, at + 1)
        else:
            part, at = _single(tokens[at]), at + 1
        least, at = _repeated(tokens, at)
        if part and len(part) == 1 and least is None:
            run += part[0]
            continue
        needed += [(run,)] if run else []
        run = ""
        if part and least != 0:
            needed.append(part)
    needed += [(run,)] if run else []
    return min(needed, key=lambda each: (-min(map(len, each)), len(each)), default=None), at


def _repeated(tokens: list[str], at: int) -> tuple[int | None, int]:
    """How often the part before must be there at least; None without a repeat."""
    token = tokens[at] if at < len(tokens) else ""
    if token == "?":
        return 0, at + 1
    if token.startswith("{"):
        return int(token[1:-1].split(",")[0] or 0), at + 1
    return None, at


def _single(token: str) -> tuple[str, ...] | None:
    if token.startswith("["):
        plain = re.compile(token, re.IGNORECASE)
        found = tuple(each for each in _KNOWN if plain.fullmatch(each))
        plainly = all(character in f"{_KNOWN}-" for character in token[1:-1].lower())
        return found if plainly and len(found) <= MOST_OF_CLASS else None
    return (token[-1],)
