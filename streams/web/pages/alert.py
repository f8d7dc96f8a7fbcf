"""One alert: what it rests on, what was sent about it and how that went, and what people did."""

from streams.alerts.desk import AlertDesk
from streams.errors import UsageError
from streams.web.pages.visit import Page, Visit


async def alert(visit: Visit) -> Page:
    """The page of `?id=`."""
    name = visit.param("id")
    try:
        row = await visit.questions.run(lambda client: AlertDesk(client).shown(name))
    except UsageError as error:
        return Page("error.html", "No such alert", {"what": error.what, "cause": error.cause, "command": error.command}, status=404)
    actions, deliveries = row.pop("actions"), row.pop("deliveries")
    cases = await visit.questions.ask("cases_of", alert=name)
    values = {
        "row": row,
        "cases": cases,
        "actions": actions,
        "deliveries": deliveries,
        "dead": [each for each in deliveries if each["state"] == "dead"],
    }
    return Page("alert.html", "Alert", values, {"deliveries": deliveries, "actions": actions})
