"""What people do on the page: review a tag, answer an alert, see the text of an event. Each with a reason, each on record."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from streams.alerts.desk import AlertDesk
from streams.alerts.sample import send_sample
from streams.errors import PlumblineError
from streams.kafka.content import content_of
from streams.lookup import Lookup, Seeker, pseudonym_of
from streams.privacy import load_key
from streams.review.marks import assess
from streams.web.access import Role
from streams.web.case_actions import act_on_case, open_case
from streams.web.journal import Entry, Journal
from streams.web.pages.event import event, with_content
from streams.web.pages.lookup import lookup_page
from streams.web.pages.visit import Page, Visit
from streams.web.render import iso
from streams.web.reveal import LEAST_REASON, revealed

Form = Mapping[str, str]
# What it gives back: a page to show, an address to go to, or None for where the form came from.
Action = Callable[[Visit, Form, Journal], Awaitable[Page | str | None]]
MILLIS = pa.timestamp("ms", "UTC")
DECISIONS = ("confirmed", "dismissed")
SILENCES = {"1h": 1, "8h": 8, "1d": 24, "7d": 168}  # hours
LONGEST_REASON = 1_000
REVIEWS = pa.schema([
    ("organization_id", pa.string()), ("event_id", pa.string()), ("occurred_at", MILLIS), ("content_hash", pa.uint64()), ("event_key", pa.uint64()),
    ("category", pa.string()), ("rule", pa.string()), ("rule_version", pa.uint16()), ("outcome", pa.string()), ("severity", pa.string()),
    ("score", pa.float32()), ("revision", pa.string()), ("run_id", pa.string()), ("decision", pa.string()), ("reason", pa.string()),
    ("drawn", pa.string()), ("reviewer", pa.string()), ("reviewed_at", MILLIS),
])  # fmt: skip


def reason_of(form: Form, *, least: int = 3) -> str:
    """The reason given.

    Raises:
        ValueError: there is none to speak of, or it is a novel.
    """
    reason = form.get("reason", "").strip()
    if not least <= len(reason) <= LONGEST_REASON:
        raise ValueError(f"a reason has {least} to {LONGEST_REASON} characters: whoever reads the log later should understand it")
    return reason


async def review(visit: Visit, form: Form, journal: Journal) -> None:
    """Confirm or dismiss the tag of one category of one event."""
    decision, reason = form.get("decision", ""), reason_of(form)
    if decision not in DECISIONS:
        raise ValueError("a review confirms or dismisses")
    of = {"organization": form.get("organization", ""), "event": form.get("event", ""), "category": form.get("category", "")}
    rows = await visit.questions.ask("review_tag", **of)
    if not rows:
        raise ValueError("this event has no such tag (any more): another run may have judged it anew")
    said = {"decision": decision, "reason": reason, "drawn": "random" if form.get("drawn") == "random" else "chosen", "reviewer": visit.reader.name}
    table = pa.Table.from_pylist([{**row, **said, "reviewed_at": datetime.now(UTC)} for row in rows], REVIEWS)
    await visit.questions.run(lambda client: client.insert("reviews", table))
    visit.questions.forget()
    journal.note(Entry(visit.reader, "review", visit.path, of["organization"], of["event"], f"{decision} {of['category']} {rows[0]['rule']}", reason))


async def assess_untagged(visit: Visit, form: Form, journal: Journal) -> None:
    """Say of an event that no rule tagged what was missed in it, or that nothing was."""
    organization, name, missed, reason = (form.get(each, "") for each in ("organization", "event", "missed", "reason"))
    if missed and missed not in visit.facts.categories:
        raise ValueError("what is missed is of a category of the policy")
    said = {"missed": missed, "reason": reason, "drawn": "random", "reviewer": visit.reader.name}
    await visit.questions.run(lambda client: assess(client, organization, name, **said))
    visit.questions.forget()
    journal.note(Entry(visit.reader, "review", visit.path, organization, name, f"untagged: {missed or 'nothing'} missed", reason))


async def answer_alert(visit: Visit, form: Form, journal: Journal) -> None:
    """Acknowledge or resolve an alert, send again what was given up of it, silence its rule (for an organization or group), or lift a silence."""
    action, reason, hours = form.get("action", ""), reason_of(form), SILENCES.get(form.get("for", ""), 0)
    alert, rule, scope = (form.get(name, "") for name in ("alert_id", "rule", "scope"))
    until, said = datetime.now(UTC) + timedelta(hours=hours), {"reason": reason, "reader": visit.reader.name}
    known: Mapping[str, Callable[[AlertDesk], object]] = {
        "acknowledge": lambda desk: desk.acknowledge(alert, **said),
        "resolve": lambda desk: desk.resolve(alert, **said),
        "silence": lambda desk: desk.silence(rule, scope=scope, until=until, **said),
        "unsilence": lambda desk: desk.unsilence(rule, scope=scope, **said),
        "replay": lambda desk: desk.replay_dead(alert),
    }
    if action not in known:
        raise ValueError("an alert is acknowledged, resolved, silenced or sent again")
    if action == "silence" and not hours:
        raise ValueError(f"a silence lasts {', '.join(SILENCES)}")
    await visit.questions.run(lambda client: known[action](AlertDesk(client)))
    visit.questions.forget()
    detail = f"{rule} {scope} {alert}{f' until {iso(until)}' if action == 'silence' else ''}".strip()
    journal.note(Entry(visit.reader, action, visit.path, detail=detail, reason=reason))


async def use_route(visit: Visit, form: Form, journal: Journal) -> None:
    """Send a marked sample to a route, or switch one on again."""
    action, name, reason, settings = form.get("action", ""), form.get("route", ""), reason_of(form), visit.facts.settings.alerts
    if action not in ("test", "enable") or name not in settings.routes:
        raise ValueError("a route of the settings is sent a sample, or switched on again")
    if action == "enable":
        await visit.questions.run(lambda client: AlertDesk(client).enable(name, settings.routes[name]))
        journal.note(Entry(visit.reader, action, visit.path, detail=name, reason=reason))
        return
    _, answer = await send_sample(name, settings, visit.facts.kafka)
    journal.note(Entry(visit.reader, action, visit.path, detail=f"{name}: {answer.status or 'no answer'}", reason=reason))
    if not answer.delivered:
        raise ValueError(f"the sample did not arrive: {answer.error}")


async def reveal(visit: Visit, form: Form, journal: Journal) -> Page:
    """The event's page with its text around the evidence. It is on record before it is read."""
    reason = reason_of(form, least=LEAST_REASON)
    page = await event(visit.having(organization=form.get("organization", ""), id=form.get("event", "")))
    row = page.values.get("event")
    if row is None:
        return page
    settings = visit.facts.settings
    if not settings.web.reveal:
        return with_content(page, None, "revealing content is switched off (web.reveal)")
    await journal.write(Entry(visit.reader, "reveal", "/event", row["organization_id"], row["event_id"], reason=reason))
    try:
        found = await asyncio.to_thread(lambda: content_of(settings, visit.facts.kafka(), row))
    except PlumblineError as error:
        return with_content(page, None, f"{error.what}. The broker keeps the text, so it must answer.")
    if found is None:
        return with_content(page, None, "the broker no longer keeps the record of this event")
    spans: dict[str, list[tuple[int, int]]] = {}
    for each in page.values["detections"]:
        spans.setdefault(each["field"], []).append((each["start"], each["end"]))
    return with_content(page, revealed(found, spans, reason), "")


async def look_up(visit: Visit, form: Form, _journal: Journal) -> Page:
    """Find the rows of a raw id, or ask the gateway for the id behind a hash. It is on record before anything is looked at."""
    kind, organization = form.get("kind", ""), form.get("organization", "").strip()
    settings, seeker = visit.facts.settings, Seeker(visit.reader.name, visit.reader.role.name.lower(), form.get("reason", ""))
    key = await asyncio.to_thread(load_key, settings)
    visit.questions.forget()
    if form.get("action") == "resolve":
        asked = Lookup(await visit.questions.connect(), key)
        found = await asked.resolve(kind, organization, pseudonym_of(form.get("hash", "")), seeker, settings, visit.facts.kafka)
        return await lookup_page(visit, resolved=found, about={"organization": organization, "hash": form["hash"]})
    rows = await visit.questions.run(lambda client: Lookup(client, key).find(kind, organization, form.get("id", "").strip(), seeker))
    return await lookup_page(visit, found=rows)


ACTIONS: Mapping[str, Action] = {
    "/review": review, "/review/untagged": assess_untagged, "/alerts": answer_alert, "/alerts/route": use_route, "/event/reveal": reveal,
    "/cases": open_case, "/case": act_on_case, "/lookup": look_up,
}  # fmt: skip
ROLES: Mapping[str, Role] = {"/lookup": Role.ADMIN}  # who may do what is not for every analyst
