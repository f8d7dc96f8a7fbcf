"""`plumbline alerts list | show | ack | resolve | silence | unsilence`."""

from typing import Annotated

import typer

from streams.account import account
from streams.cli.alerts.shared import Limit, desk
from streams.cli.options import AsJson

Reason = Annotated[str, typer.Option(help="Why: it is on record.")]
By = Annotated[str, typer.Option("--by", help="Who does it; default: the account of this machine, which is recorded in any case.")]
AlertId = Annotated[str, typer.Argument(help="Id of the alert, as listed.")]
STATES, SEVERITIES = ("open", "acknowledged", "resolved"), ("low", "medium", "high", "critical")


def list_alerts(
    state: Annotated[str, typer.Option(help="Only open, acknowledged or resolved ones.")] = "",
    severity: Annotated[str, typer.Option(help="Only of this severity.")] = "",
    since: Annotated[str, typer.Option(help="Only those whose window ended since: 24h, 7d, or RFC 3339.")] = "",
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List alerts: those that wait for somebody first, the severe ones before the others."""
    from streams.cli.rows import print_rows
    from streams.moments import option

    for name, value, valid in (("--state", state, STATES), ("--severity", severity, SEVERITIES)):
        if value and value not in valid:
            raise typer.BadParameter(f"{value!r} is none of {', '.join(valid)}", param_hint=name)
    rows = desk().listed(state=state, severity=severity, since=option("--since", since), limit=limit)
    if as_json:
        return print_rows(rows, "json")
    shown = ("alert_id", "state", "severity", "title", "window_end", "value")
    print_rows([{name: row[name] for name in shown} for row in rows], "table")
    return typer.echo(f"{len(rows)} alerts", err=True)


def show(alert: AlertId, as_json: AsJson = False) -> None:
    """Show one alert: what it rests on, what was done about it, and what was sent."""
    from streams.cli.rows import print_rows

    row = desk().shown(alert)
    if as_json:
        return print_rows([row], "json")
    parts = {name: row.pop(name) for name in ("actions", "deliveries")}
    for name, value in row.items():
        typer.echo(f"{name:<16} {', '.join(value) if isinstance(value, list) else value}")
    for name, rows in parts.items():
        typer.echo(f"\n{name}: {len(rows)}")
        print_rows(rows, "table")
    return None


def ack(alert: AlertId, reason: Reason, by: By = "") -> None:
    """Acknowledge an alert: somebody looks at it."""
    desk().acknowledge(alert, reason=reason, reader=by or account())
    typer.echo(f"{alert} is acknowledged", err=True)


def resolve(alert: AlertId, reason: Reason, by: By = "") -> None:
    """Resolve an alert by hand. What fires afterwards opens it again."""
    desk().resolve(alert, reason=reason, reader=by or account())
    typer.echo(f"{alert} is resolved", err=True)


def silence(
    rule: Annotated[str, typer.Argument(help="The alert rule.")],
    reason: Reason,
    span: Annotated[str, typer.Option("--for", help="How long: 30m, 8h, 7d.")] = "8h",
    scope: Annotated[str, typer.Option(help="Only this organization, or group as the alert has it; empty: all.")] = "",
    by: By = "",
) -> None:
    """Tell nobody of a rule's alerts for a while. They are still raised."""
    from datetime import UTC, datetime

    from streams.moments import moment

    now = datetime.now(UTC)
    try:
        until = now + (now - moment(span, now))
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{span!r} is no span; write 30m, 8h or 7d", param_hint="--for") from error
    desk().silence(_known(rule), scope=scope, until=until, reason=reason, reader=by or account())
    typer.echo(f"{rule}{f' for {scope}' if scope else ''} is silent until {until:%Y-%m-%d %H:%M} UTC", err=True)


def unsilence(
    rule: Annotated[str, typer.Argument(help="The alert rule.")],
    reason: Reason,
    scope: Annotated[str, typer.Option(help="The scope that was silenced.")] = "",
    by: By = "",
) -> None:
    """Lift the silences of a rule and scope. What is still open is told now."""
    desk().unsilence(rule, scope=scope, reason=reason, reader=by or account())
    typer.echo(f"{rule}{f' for {scope}' if scope else ''} is no longer silent", err=True)


def _known(rule: str) -> str:
    from streams.cli.alerts.rules import rules_of
    from streams.settings import load_settings
    from streams.settings_problems import nearest

    known = sorted(rules_of(load_settings()).rules)
    if rule not in known:
        raise typer.BadParameter(f"there is no alert rule {rule!r}{nearest(rule, known)}", param_hint="RULE")
    return rule


COMMANDS = {"list": list_alerts, "show": show, "ack": ack, "resolve": resolve, "silence": silence, "unsilence": unsilence}
