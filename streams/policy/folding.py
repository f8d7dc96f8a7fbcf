"""Letters with more than one lower or upper case form, brought to one: regex engines disagree on them. One code point stays one code point."""

import re

# The odd form and the plain one, as code points: long s, Kelvin sign, Turkish i, Angstrom, capital sharp s, micro, titlecase digraphs, Greek and
# Cyrillic variants.
_PAIRS = (
    "017f:0073 212a:006b 0130:0069 0131:0069 212b:00e5 1e9e:00df 00b5:03bc 01c5:01c6 01c8:01c9 01cb:01cc 01f2:01f3 03d0:03b2 "
    "03f5:03b5 03d1:03b8 03f4:03b8 0345:03b9 1fbe:03b9 03f0:03ba 03d6:03c0 03f1:03c1 03c2:03c3 03d5:03c6 2126:03c9 1c80:0432 "
    "1c81:0434 1c82:043e 1c83:0441 1c84:0442 1c85:0442 1c86:044a 1c87:0463 1c88:a64b 1e9b:1e61"
)
_PLAIN = {int(odd, 16): int(plain, 16) for odd, plain in (pair.split(":") for pair in _PAIRS.split())}
_ODD = re.compile(f"[{''.join(map(chr, _PLAIN))}]")


def folded(text: str) -> str:
    """The text with its odd letters replaced; most texts come back as they are."""
    return text.translate(_PLAIN) if not text.isascii() and _ODD.search(text) else text
