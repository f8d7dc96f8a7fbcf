"""Cases: those first that wait for somebody; and one case with its history, its events, and what was sent of its decisions."""

from typing import Any

from streams.cases.desk import CaseDesk, as_entries, summary
from streams.cases.entries import DECISIONS, STATUSES, folded, in_order
from streams.errors import UsageError
from streams.web.pages.visit import Page, Rows, Visit

SHOWN = 8  # events and users that are listed at once


async def cases(visit: Visit) -> Page:
    """The list, by status, by whose they are, and by whom they are about."""
    status, assignee, about = visit.param("status"), visit.param("assignee"), visit.param("organization")
    known = in_order(folded(as_entries(await visit.questions.ask("case_entries"))))
    rows = [summary(case) for case in known if not about or about in case.opened.organizations]
    shown = [row for row in rows if status in ("", row["status"]) and assignee in ("", row["assignee"])]
    counts = {each: sum(row["status"] == each for row in rows) for each in STATUSES}
    values = {"rows": shown, "about": about, "status": status, "assignee": assignee, "statuses": STATUSES, "counts": counts}
    return Page("cases.html", "Cases", values, {"cases": shown})


async def case(visit: Visit) -> Page:
    """The page of `?id=`."""
    name = visit.param("id")
    try:
        row = await visit.questions.run(lambda client: CaseDesk(client).shown(name))
    except UsageError as error:
        return Page("error.html", "No such case", {"what": error.what, "cause": error.cause, "command": error.command}, status=404)
    history, events, deliveries = (row.pop(each) for each in ("history", "events", "deliveries"))
    there = {(each["organization_id"], each["event_id"]) for each in events}
    linked = [each for each in history if each["action"] == "link" and not each["void"]]
    gone = [each for each in linked if (each["organization_id"], each["event_id"]) not in there]
    acts = [each for each in history if each["action"] != "link"]
    decided = {f"decided-{each['entry_id']}": each["decision"] for each in acts}
    deliveries = [{"decision": decided.get(each["occasion"], ""), **each} for each in deliveries]
    values = {
        "users": _users(events),
        "shown": SHOWN,
        "case": row,
        "acts": acts,
        "events": events,
        "gone": gone,
        "deliveries": deliveries,
        "decisions": DECISIONS,
    }
    return Page("case.html", "Case", values, {"history": history, "events": events, "deliveries": deliveries})


def _users(events: Rows) -> list[dict[str, Any]]:
    """Users of the events, those with the most first."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in events:
        if row["user_hash"]:
            place = row["organization_id"], row["user_hash"]
            user = found.setdefault(place, {"organization_id": place[0], "user_hash": place[1], "events": 0, "last": row["occurred_at"]})
            user |= {"events": user["events"] + 1, "last": max(user["last"], row["occurred_at"])}
    return sorted(found.values(), key=lambda user: (-user["events"], user["user_hash"]))
