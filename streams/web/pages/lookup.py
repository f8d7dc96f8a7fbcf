"""Lookup: from a raw id to its rows, or from a hash to its id. What is found is shown once, in the answer to the form; no address leads to it."""

from typing import Any

from streams.lookup import Found
from streams.web.pages.visit import Page, Visit


async def lookup(visit: Visit) -> Page:
    """The form, and the latest lookups."""
    return await lookup_page(visit)


async def lookup_page(visit: Visit, found: Found | None = None, resolved: str = "", about: dict[str, Any] | None = None) -> Page:
    """The page, with what was found."""
    log = await visit.questions.ask("access_log", **visit.window.times, action="lookup", limit=20)
    asks = bool(visit.facts.settings.resolver.url.get_secret_value())
    return Page("lookup.html", "Lookup", {"found": found, "resolved": resolved, "about": about, "log": log, "asks": asks}, {"log": log})
