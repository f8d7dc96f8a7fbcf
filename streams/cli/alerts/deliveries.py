"""`plumbline alerts routes | deliveries | replay | enable | test | secret`."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.alerts.shared import Limit, desk
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.settings_alerts import AlertRoute

RouteName = Annotated[str, typer.Argument(metavar="ROUTE", help="Name of the route in the settings.")]


def deliveries(
    state: Annotated[str, typer.Option(help="Only pending, delivered or dead ones.")] = "",
    route: Annotated[str, typer.Option(help="Only to this route.")] = "",
    alert: Annotated[str, typer.Option(help="Only of this alert.")] = "",
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List what was sent about alerts and how it went, newest first."""
    from streams.cli.rows import print_rows

    rows = desk().deliveries(alert=alert, state=state, route=route, limit=limit)
    if as_json:
        return print_rows(rows, "json")
    shown = ("delivery_id", "route", "occasion", "state", "attempts", "status", "error")
    print_rows([{name: row[name] for name in shown} for row in rows], "table")
    return typer.echo(f"{len(rows)} deliveries", err=True)


def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Deliveries; none: all dead ones.")] = None,
    route: Annotated[str, typer.Option(help="Only the dead ones of this route.")] = "",
    as_json: AsJson = False,
) -> None:
    """Send dead deliveries again, under the ids that they had: a receiver that got one knows it."""
    again = desk().replay(ids or (), route=route)
    for each in again:
        typer.echo(json.dumps({"delivery_id": each, "state": "pending"}) if as_json else each)
    typer.echo(f"{len(again)} deliveries are pending again", err=True)


def routes(as_json: AsJson = False) -> None:
    """List the routes of the settings: on, failing or off, and how many deliveries wait or were given up."""
    from streams.cli.rows import print_rows
    from streams.settings import load_settings

    known = load_settings().alerts.routes
    rows = desk().routes(known) if known else []
    print_rows(rows, "json" if as_json else "table")
    typer.echo(f"{len(rows)} routes", err=True)


def enable(route: RouteName) -> None:
    """Switch a route on again that was switched off because its receiver failed or was gone."""
    from streams.settings import load_settings

    desk().enable(route, _route(load_settings(), route))
    typer.echo(f"{route} is on again; dead deliveries: plumbline alerts replay --route {route}", err=True)


def test_route(route: RouteName, as_json: AsJson = False) -> None:
    """Send a marked sample to a route and print its answer. Exit status 1 if it did not arrive."""
    import asyncio

    from streams.alerts.sample import send_sample
    from streams.errors import EXIT_DIFFERENCE
    from streams.kafka.broker import kafka_settings
    from streams.settings import load_settings

    settings = load_settings()
    _route(settings, route)
    delivery, answer = asyncio.run(send_sample(route, settings.alerts, lambda: kafka_settings(settings)))
    if as_json:
        row = {"route": route, "delivery_id": delivery, "delivered": answer.delivered, "status": answer.status}
        typer.echo(json.dumps(row | {"error": answer.error, "answer": answer.text}))
    else:
        typer.echo(f"status {answer.status or 'none'}{f': {answer.error}' if answer.error else ''}\n{_printable(answer.text)}".rstrip())
    if not answer.delivered:
        raise typer.Exit(EXIT_DIFFERENCE)


def secret() -> None:
    """Print a new signing secret for a webhook."""
    from base64 import b64encode
    from secrets import token_bytes

    typer.echo(f"whsec_{b64encode(token_bytes(32)).decode()}")


def _route(settings: "Settings", name: str) -> "AlertRoute":
    from streams.settings_problems import nearest

    if name not in settings.alerts.routes:
        hint = nearest(name, list(settings.alerts.routes)) if settings.alerts.routes else "; no route is set (alerts.routes)"
        raise typer.BadParameter(f"there is no route {name!r}{hint}", param_hint="ROUTE")
    return settings.alerts.routes[name]


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else "." for character in text[:2_000])


COMMANDS = {"routes": routes, "deliveries": deliveries, "replay": replay, "enable": enable, "test": test_route, "secret": secret}
