"""Templates, with everything escaped, and how values look: numbers, times, changes, and text from traffic."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from streams.web.window import slot_labels

LONGEST = 200


def environment() -> Environment:
    """The templates of this package."""
    made = Environment(
        loader=PackageLoader("streams.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    made.filters |= {
        "number": number, "share": share, "change": change, "when": when, "iso": iso, "ago": ago, "traffic": traffic, "words": words, "plain": plain,
        "dotted": dotted,
    }  # fmt: skip
    made.globals |= {"link": link, "change": change, "ago": ago, "slot_labels": slot_labels}
    return made


def link(path: str, query: Mapping[str, Any] | None = None, /, **more: Any) -> str:
    """A URL; parameters without a value are left out."""
    given = {name: value for name, value in {**(query or {}), **more}.items() if value not in ("", None)}
    return f"{path}?{urlencode(given)}" if given else path


def number(value: float | None) -> str:
    """1234567 as 1,234,567; a missing one as a dash."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.2g}"


def share(value: float | None, digits: int = 1) -> str:
    """0.1234 as 12.3 %; what is not quite nothing or all never looks like it."""
    if value is None:
        return "–"
    percent, least = value * 100, 10**-digits
    if 0 < percent < least:
        return f"< {least:g} %"
    if 100 - least < percent < 100:
        return f"> {100 - least:g} %"
    return f"{percent:.{digits}f} %".replace(f".{'0' * digits} %", " %")


def change(now: float, before: float) -> str:
    """The change in percent, or what it is when there was nothing before."""
    if not before:
        return "new" if now else "–"
    percent = (now - before) / before * 100
    if abs(percent) < 0.5:
        return "±0 %"
    if percent >= 1000:
        return f"×{now / before:,.0f}"
    return f"{percent:+,.0f} %".replace("-", "−")


def iso(moment: datetime) -> str:
    """RFC 3339 with seconds, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def when(moment: datetime) -> Markup:
    """A time for eyes, exact for machines. All times are UTC."""
    text = moment.astimezone(UTC).strftime("%d %b %Y, %H:%M:%S")
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(iso(moment), text, text)


def ago(moment: datetime | None, now: datetime) -> str:
    """How long since, in the largest unit that fits."""
    if moment is None or moment.year < 1971:
        return "never"
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def plain(text: Any, longest: int = LONGEST) -> str:
    """Text from traffic on one line: cut, and with what would steer the reader's eye (bidi and other format characters) shown by its number."""
    cut = str(text)[: longest + 1]
    shown = "".join(character if _visible(character) else f"⟨U+{ord(character):04X}⟩" for character in cut[:longest])
    return shown + "…" if len(cut) > longest else shown


def traffic(text: Any, longest: int = LONGEST) -> Markup:
    """`plain` in an element that keeps its direction to itself."""
    return Markup("<bdi>{}</bdi>").format(plain(text, longest))


def dotted(name: Any) -> Markup:
    """A name like `category.some_rule`, which may be broken after its dots and lines."""
    return Markup("").join(Markup("{}<wbr>").format(part) if part in "._" else part for part in re.split(r"([._])", plain(name)))


def words(slug: str) -> str:
    """`unmet_requirement` as Unmet requirement."""
    text = plain(slug).replace("_", " ")
    return text[:1].upper() + text[1:]


def _visible(character: str) -> bool:
    return character == " " or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
