"""The pages, by path: what shows each, how the navigation calls it, and who may see it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from streams.web.access import Role
from streams.web.pages.access_log import access_log
from streams.web.pages.alert import alert
from streams.web.pages.alerts import alerts
from streams.web.pages.cases import case, cases
from streams.web.pages.category import category
from streams.web.pages.event import event
from streams.web.pages.events import events
from streams.web.pages.live import live
from streams.web.pages.lookup import lookup
from streams.web.pages.organization import organization
from streams.web.pages.overview import overview
from streams.web.pages.pipeline import pipeline
from streams.web.pages.policy import policy
from streams.web.pages.review import review
from streams.web.pages.top import top
from streams.web.pages.visit import Page, Visit


class PageSpec(NamedTuple):
    """One page; without a name it is reached by links only."""

    show: Callable[[Visit], Awaitable[Page]]
    name: str = ""
    role: Role = Role.VIEWER


PAGES: Mapping[str, PageSpec] = {
    "/": PageSpec(overview, "Overview"),
    "/live": PageSpec(live, "Live"),
    "/events": PageSpec(events, "Events"),
    "/top": PageSpec(top, "Top"),
    "/alerts": PageSpec(alerts, "Alerts"),
    "/cases": PageSpec(cases, "Cases"),
    "/review": PageSpec(review, "Review"),
    "/policy": PageSpec(policy, "Policy"),
    "/pipeline": PageSpec(pipeline, "Pipeline"),
    "/lookup": PageSpec(lookup, "Lookup", Role.ADMIN),
    "/access-log": PageSpec(access_log, "Access log", Role.ADMIN),
    "/alert": PageSpec(alert),
    "/case": PageSpec(case),
    "/category": PageSpec(category),
    "/organization": PageSpec(organization),
    "/event": PageSpec(event),
}
