"""`plumbline cases list | open | show | assign | note | link | decide | appeal | close`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.account import account
from streams.cli.alerts.incidents import By, Reason
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.cases.desk import CaseDesk
    from streams.cases.entries import Case

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Id of the case, as listed.")]
PARTS = ("history", "events", "deliveries")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Cases: what people find out about an organization or a campaign, and what they decide.", no_args_is_help=True)
    commands = {
        "list": list_cases, "open": open_case, "show": show, "assign": assign, "note": note, "link": link, "decide": decide, "appeal": appeal,
        "close": close,
    }  # fmt: skip
    for name, command in commands.items():
        group.command(name)(command)
    app.add_typer(group, name="cases")


def list_cases(
    status: Annotated[str, typer.Option(help="Only open, decided, appealed or closed ones.")] = "",
    assignee: Annotated[str, typer.Option(help="Only those of this person.")] = "",
    organization: Annotated[str, typer.Option(help="Only those about this organization.")] = "",
    as_json: AsJson = False,
) -> None:
    """List cases: those that wait for somebody first."""
    from streams.cli.rows import print_rows

    rows = _desk().listed(status=status, assignee=assignee, organization=organization)
    if as_json:
        return print_rows(rows, "json")
    shown = ("case_id", "status", "title", "assignee", "decision", "events", "changed_at")
    print_rows([{name: row[name] for name in shown} for row in rows], "table")
    return typer.echo(f"{len(rows)} cases", err=True)


def open_case(
    reason: Reason,
    alert: Annotated[str, typer.Option(help="Open it from this alert: its events are linked.")] = "",
    organization: Annotated[list[str] | None, typer.Option(help="Whom it is about; more than one: a campaign.")] = None,
    event: Annotated[str, typer.Option(help="Open it from this event of the organization.")] = "",
    title: Annotated[str, typer.Option(help="One line; an alert or an event brings its own.")] = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Open a case from an alert, from an event, or by hand."""
    from streams.errors import UsageError

    about, person, desk = organization or [], by or account(), _desk()
    if alert and (about or event):
        raise UsageError("an alert says itself whom it is about", cause="--alert stands alone", command="plumbline cases open --alert ID --reason …")
    if event and len(about) != 1:
        raise UsageError("an event is named with its organization", command="plumbline cases open --organization ORG --event ID --reason …")
    if alert:
        case = desk.open_alert(alert, reason=reason, person=person)
    elif event:
        case = desk.open_event(about[0], event, reason=reason, person=person, title=title)
    else:
        case = desk.open_organizations(about, title=title, reason=reason, person=person)
    _tell(case, as_json=as_json)


def show(case: CaseId, as_json: AsJson = False) -> None:
    """Show one case: its history, its events, and what was sent of its decisions."""
    from streams.cli.rows import print_rows

    row = _desk().shown(case)
    if as_json:
        return print_rows([row], "json")
    parts = {name: row.pop(name) for name in PARTS}
    for name, value in row.items():
        typer.echo(f"{name:<16} {', '.join(value) if isinstance(value, list) else value}")
    history = ("number", "at", "person", "account", "action", "assignee", "decision", "event_id", "reason", "void")
    parts["history"] = [{name: each[name] for name in history} for each in parts["history"]]
    for name, rows in parts.items():
        typer.echo(f"\n{name}: {len(rows)}")
        print_rows(rows, "table")
    return None


def assign(
    case: CaseId,
    assignee: Annotated[str, typer.Argument(metavar="NAME", help="Who takes it.")],
    reason: Annotated[str, typer.Option(help="Why, if there is something to say.")] = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Give a case to somebody."""
    _tell(_desk().assign(case, assignee, person=by or account(), reason=reason), as_json=as_json)


def note(case: CaseId, text: Annotated[str, typer.Argument(help="What was found out.")], by: By = "", as_json: AsJson = False) -> None:
    """Add a note."""
    _tell(_desk().note(case, text, person=by or account()), as_json=as_json)


def link(
    case: CaseId,
    reason: Reason,
    organization: Annotated[str, typer.Option(help="The event's organization.")],
    event: Annotated[str, typer.Option(help="The event's id.")],
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Link one more event."""
    _tell(_desk().link(case, organization, event, person=by or account(), reason=reason), as_json=as_json)


def decide(
    case: CaseId,
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="warn, restrict, report or dismiss.")],
    reason: Reason,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Decide what follows. `plumbline alerts run` sends it to the routes that take decisions, and to the topic."""
    _tell(_desk().decide(case, decision, person=by or account(), reason=reason), as_json=as_json)


def appeal(
    case: CaseId,
    reason: Reason,
    reviewer: Annotated[str, typer.Option(help="The second reviewer: nobody who has decided in it.")],
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Open a decided case again for a second reviewer."""
    _tell(_desk().appeal(case, reviewer, person=by or account(), reason=reason), as_json=as_json)


def close(case: CaseId, reason: Reason, by: By = "", as_json: AsJson = False) -> None:
    """Close a decided case."""
    _tell(_desk().close(case, person=by or account(), reason=reason), as_json=as_json)


def _desk() -> "CaseDesk":
    from streams.cases.desk import CaseDesk
    from streams.cli.clickhouse import connected

    return CaseDesk(connected("cases")[1])


def _tell(case: "Case", *, as_json: bool) -> None:
    from streams.cases.desk import summary
    from streams.cli.rows import print_rows

    row: dict[str, Any] = summary(case)
    if as_json:
        print_rows([row], "json")
        return
    typer.echo(case.case_id)
    said = ", ".join(filter(None, (case.status, f"with {case.assignee}" if case.assignee else "", f"{row['events']} events", row["decision"])))
    typer.echo(f"{case.case_id} is {said}", err=True)
