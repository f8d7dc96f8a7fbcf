"""The pages: each a function from a visit to a page, by its path."""

from collections.abc import Awaitable, Callable, Mapping

from streams.web.pages.events import events
from streams.web.pages.overview import overview
from streams.web.pages.visit import Page, Visit

PAGES: Mapping[str, Callable[[Visit], Awaitable[Page]]] = {"/": overview, "/events": events}
