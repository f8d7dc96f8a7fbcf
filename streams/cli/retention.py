"""`plumbline retention`."""

from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.retention import Kept
    from streams.settings import Settings

AMISS = {"otherwise": "plumbline db migrate (of a topic: kafka-configs.sh --alter)", "late": "plumbline retention --remove"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retention")(retention)


def retention(
    remove: Annotated[bool, typer.Option("--remove", help="Remove what is past its end now, without waiting for the engine.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show per table and topic how long rows stay, of when the oldest is, and what is past its end. Exit status 1 if something is amiss."""
    from streams.cli.clickhouse import connected
    from streams.cli.rows import print_rows
    from streams.errors import EXIT_DIFFERENCE
    from streams.retention import remove_past_due
    from streams.retention import retention as kept

    settings, client = connected("retention")
    with client:
        for table, partition in remove_past_due(client, settings) if remove else ():
            typer.echo(f"merged {table}, partition {partition}", err=True)
        found = [*kept(client, settings.retention), *topics(settings)]
    print_rows([each._asdict() for each in found], "json" if as_json else "table")
    amiss = {each.state for each in found} & AMISS.keys()
    for state in sorted(amiss):
        typer.echo(f"{', '.join(each.table for each in found if each.state == state)}: {state}; next: {AMISS[state]}", err=True)
    if amiss:
        raise typer.Exit(EXIT_DIFFERENCE)


def topics(settings: "Settings") -> "list[Kept]":
    """What the broker keeps; nothing where there is none, or it is away, which is told."""
    from streams.cli.verify import broker_in_use
    from streams.errors import Retry
    from streams.retention import topic_retention

    kafka = broker_in_use(settings)
    try:
        return topic_retention(kafka, settings.intake.topics) if kafka else []
    except Retry as error:
        typer.echo(f"topics are left out: {error.what}", err=True)
        return []
