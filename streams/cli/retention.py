"""`plumbline retention`."""

from typing import Annotated

import typer

from streams.cli.options import AsJson

AMISS = {"otherwise": "plumbline db migrate", "late": "plumbline retention --remove"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retention")(retention)


def retention(
    remove: Annotated[bool, typer.Option("--remove", help="Remove what is past its end now, without waiting for the engine.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show per table how long rows stay, of when the oldest is, and what is still there past its end. Exit status 1 if something is amiss."""
    from streams.cli.clickhouse import connected
    from streams.cli.rows import print_rows
    from streams.errors import EXIT_DIFFERENCE
    from streams.retention import remove_past_due
    from streams.retention import retention as kept

    settings, client = connected("retention")
    with client:
        for table, partition in remove_past_due(client, settings) if remove else ():
            typer.echo(f"merged {table}, partition {partition}", err=True)
        found = kept(client, settings.retention)
    print_rows([each._asdict() for each in found], "json" if as_json else "table")
    amiss = {each.state for each in found} & AMISS.keys()
    for state in sorted(amiss):
        typer.echo(f"{', '.join(each.table for each in found if each.state == state)}: {state}; next: {AMISS[state]}", err=True)
    if amiss:
        raise typer.Exit(EXIT_DIFFERENCE)
