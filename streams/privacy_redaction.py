"""Redacted excerpts: enough of a text to see why it matched, without what identifies or opens anything.

Masking runs over a window far wider than the excerpt, and the cut comes after it, so that half a secret never shows.
"""

import re
import unicodedata

WINDOW, STRETCH = 400, 4_096  # code points kept around the excerpt, and how far its edges move to reach a space
_GONE = "\ue000"  # stands for one masked code point until the cut is made

# In this order: what an earlier one has masked, a later one no longer sees.
_SECRETS = re.compile(
    r"""
      -----BEGIN[^-]{0,60}-----[\s\S]{0,8000}?(?:-----END[^-]{0,60}-----|\Z)
    | \b[a-z][a-z0-9+.-]{1,20}://\S+                                              # addresses, with whatever they carry
    | \bwww\.\S+
    | \bdata:[^\s,]{1,80},\S+
    | [^\s@<>()\[\],;:"']{1,200}@[^\s@<>()\[\],;:"']{1,250}                        # e-mail and the like
    | (?<![\w.])@\w[\w.-]{1,60}                                                   # handles
    | \b(?:sk|pk|rk|ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs]|AKIA|ASIA|AIza|ya29|hf|npm|pypi|shpat|whsec|SG|eyJ)[-_.A-Za-z0-9]{8,}
    | \b(?:password|passwd|pwd|passphrase|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|bearer|authorization)\b
      ["']?(?:\s*[:=]\s*|\s+is\s+|\s+)["']?\S+
    | (?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4} | [0-9a-f:]*::[0-9a-f:]+               # IPv6
    | \b\d{1,3}(?:\.\d{1,3}){3}\b                                                 # IPv4
    | \+?\(?\d(?:[ \u00a0().\-/–—]{0,3}\d){5,}                                    # phones, cards, accounts, dates of birth: six digits and more
    | [A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,8}[A-Z0-9]{0,4}                          # bank accounts
    | (?=[^\s]{0,40}\d)(?=[^\s]{0,40}[A-Za-z])[A-Za-z0-9+/_=.~-]{20,}             # long mixed tokens
    | [A-Za-z0-9+/_=-]{40,}
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redact(text: str, start: int, end: int, limit: int = 120) -> str:
    """An excerpt around the code points [start, end) of `text`, of at most `limit` code points, on one line.

    Masked: e-mail addresses, phone and card numbers and other runs of six digits, network addresses, URLs, handles, keys and tokens. Control and
    direction characters become spaces. A span longer than the excerpt shows its beginning.
    """
    start, end = max(0, min(start, len(text))), max(0, min(end, len(text)))
    first, last = _to_space(text, start - WINDOW, -1), _to_space(text, max(start, end) + WINDOW, 1)
    masked = _masked(text[first:last], open_start=first > 0, open_end=last < len(text))
    room = max(0, limit - (end - start))
    begin = max(0, start - first - room // 2)
    begin = max(0, min(begin, len(masked) - limit))
    return _collapse(masked[begin : begin + limit])[:limit].strip()


def _to_space(text: str, at: int, step: int) -> int:
    """Move outward to white space, so that the window does not cut through a token."""
    if at <= 0 or at >= len(text):
        return min(max(at, 0), len(text))
    for moved in range(STRETCH):
        where = at + step * moved
        if where <= 0 or where >= len(text) or text[where].isspace():
            return min(max(where, 0), len(text))
    return at + step * STRETCH


def _masked(part: str, *, open_start: bool, open_end: bool) -> str:
    """The same number of code points, secrets and what must not be printed replaced."""
    plain = "".join(character if _printable(character) else " " for character in _folded(part))
    hidden = _SECRETS.sub(lambda found: _GONE * len(found.group()), plain)
    if open_start:
        hidden = _edge(hidden)
    if open_end:
        hidden = _edge(hidden[::-1])[::-1]
    return hidden


def _folded(part: str) -> str:
    """Digits and full-width characters in their plain form where that is one code point for one."""
    if part.isascii():
        return part
    forms = (unicodedata.normalize("NFKC", character) for character in part)
    digits = ((str(unicodedata.decimal(form, form)) if len(form) == 1 else original) for form, original in zip(forms, part, strict=True))
    return "".join(each if len(each) == 1 else original for each, original in zip(digits, part, strict=True))


def _printable(character: str) -> bool:
    return character == " " or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


def _edge(part: str) -> str:
    """Hide the token at the edge of a window that found no space: it may be the tail of a secret."""
    head = part.split(" ", 1)[0]
    return _GONE * len(head) + part[len(head) :] if len(head) >= 20 else part


def _collapse(part: str) -> str:
    return re.sub(r" {2,}", " ", re.sub(f"{_GONE}+", "[…]", part))
