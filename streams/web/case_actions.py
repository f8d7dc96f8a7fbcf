"""What people do with cases on the page, each under the reader's name, in the history and on the access log."""

from collections.abc import Callable, Mapping
from typing import Any

from streams.cases.desk import CaseDesk, named
from streams.errors import UsageError
from streams.web.journal import Entry, Journal
from streams.web.pages.visit import Visit
from streams.web.render import link

Form = Mapping[str, str]


async def open_case(visit: Visit, form: Form, journal: Journal) -> str:
    """Open a case from an alert, from an event, or by hand; where there is one already, go there."""
    alert, organization, event = (form.get(name, "").strip() for name in ("alert", "organization", "event"))
    said = {"reason": form.get("reason", ""), "person": visit.reader.name}
    if alert or event:
        about = (alert,) if alert else (organization, event)
        if await _there(visit, named(*about)):
            return link("/case", id=named(*about))
    made = await _done(visit, lambda desk: _opened(desk, alert, organization, event, form.get("title", ""), said))
    journal.note(Entry(visit.reader, "case", visit.path, organization, event, f"open {made.case_id}", said["reason"]))
    return link("/case", id=made.case_id, said="case")


def _opened(desk: CaseDesk, alert: str, organization: str, event: str, title: str, said: Mapping[str, str]) -> Any:
    if alert:
        return desk.open_alert(alert, **said)
    if event:
        return desk.open_event(organization, event, **said)
    return desk.open_organizations(organization.replace(",", " ").split(), title=title, **said)


async def act_on_case(visit: Visit, form: Form, journal: Journal) -> str:
    """Assign, note, link, decide, appeal or close."""
    case, action, reason, person = form.get("case", ""), form.get("action", ""), form.get("reason", ""), visit.reader.name
    known: Mapping[str, Callable[[CaseDesk], Any]] = {
        "assign": lambda desk: desk.assign(case, form.get("assignee", "") or person, person=person, reason=reason),
        "note": lambda desk: desk.note(case, reason, person=person),
        "link": lambda desk: desk.link(case, form.get("organization", ""), form.get("event", "").strip(), person=person, reason=reason),
        "decide": lambda desk: desk.decide(case, form.get("decision", ""), person=person, reason=reason),
        "appeal": lambda desk: desk.appeal(case, form.get("assignee", ""), person=person, reason=reason),
        "close": lambda desk: desk.close(case, person=person, reason=reason),
    }
    if action not in known:
        raise ValueError(f"in a case one can {', '.join(known)}")
    await _done(visit, known[action])
    detail = " ".join(filter(None, (action, case, form.get("decision", "") if action == "decide" else "")))
    journal.note(Entry(visit.reader, "case", visit.path, form.get("organization", ""), form.get("event", "").strip(), detail, reason))
    return link("/case", id=case, said="case")


async def _done(visit: Visit, act: Callable[[CaseDesk], Any]) -> Any:
    try:
        return await visit.questions.run(lambda client: act(CaseDesk(client)))
    finally:
        visit.questions.forget()


async def _there(visit: Visit, case_id: str) -> bool:
    try:
        await visit.questions.run(lambda client: CaseDesk(client).case(case_id))
    except UsageError:
        return False
    return True
