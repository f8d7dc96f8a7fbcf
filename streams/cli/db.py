"""`plumbline db migrate | status | refresh-volumes`."""

import json
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The schema in ClickHouse.", no_args_is_help=True)
    group.command("migrate")(migrate)
    group.command("status")(status)
    group.command("refresh-volumes")(refresh_volumes)
    group.command("grants")(grants)
    app.add_typer(group, name="db")


def migrate(as_json: Json = False) -> None:
    """Bring the schema up to this version, and retention to the settings."""
    from streams.cli.clickhouse import connected
    from streams.clickhouse.migrations import migrate as bring_up

    settings, client = connected("db")
    with client:
        applied = bring_up(client, settings)
    for name in applied:
        typer.echo(json.dumps({"applied": name}) if as_json else f"applied {name}")
    if not applied and not as_json:
        typer.echo("nothing to do: the schema is up to date")


def status(as_json: Json = False) -> None:
    """List the migrations and whether the database has them. Exit status 1 if it is not up to date."""
    from streams.cli.clickhouse import connected
    from streams.clickhouse.migrations import status as steps_of
    from streams.errors import EXIT_DIFFERENCE

    _, client = connected("db")
    with client:
        steps = steps_of(client)
    for step in steps:
        when = step.applied_at.isoformat(timespec="seconds") if step.applied_at else ""
        line = {"number": step.number, "name": step.name, "state": step.state, "applied_at": when or None}
        typer.echo(json.dumps(line) if as_json else f"{step.name:<32} {step.state:<8} {when}".rstrip())
    if any(step.state != "applied" for step in steps):
        raise typer.Exit(EXIT_DIFFERENCE)


def refresh_volumes() -> None:
    """Recompute the volumes of every hour in which they differ from the events."""
    from streams.cli.clickhouse import connected
    from streams.clickhouse.volumes import VolumeRefresher

    _, client = connected("db")
    with client:
        hours = VolumeRefresher(client).mend()
    typer.echo(f"recomputed {hours} hours", err=True)


def grants(apply: Annotated[bool, typer.Option("--apply", help="Run the statements instead of printing them.")] = False) -> None:
    """Roles, limits and quotas for readers of a ClickHouse server: analysts and dashboards. Printed as SQL, or run with --apply."""
    from streams.cli.clickhouse import connected
    from streams.clickhouse.grants import grants as statements_of
    from streams.errors import UsageError
    from streams.settings import load_settings

    if not apply:
        for statement in statements_of(load_settings()):
            typer.echo(f"{statement};")
        return
    if not load_settings().clickhouse.url:
        raise UsageError("the store has no users", cause="it knows readers by their tokens", command="see docs/analysts.md, or set clickhouse.url")
    settings, client = connected("db")
    done = 0
    with client:
        for statement in statements_of(settings):
            client.command(statement, use_database=False)
            done += 1
    typer.echo(f"ran {done} statements", err=True)
