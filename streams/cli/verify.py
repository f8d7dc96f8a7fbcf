"""`plumbline verify`."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.clickhouse.checks import Outcome, PartitionOffsets
    from streams.settings import KafkaSettings, Settings

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per check.")] = False) -> None:
    """Prove that nothing was lost or counted twice. Exit status 1 on any difference."""
    from streams.cli.clickhouse import connected
    from streams.clickhouse.checks import verify as run_checks
    from streams.errors import EXIT_DIFFERENCE

    settings, client = connected("verify")
    # Kafka first: what is committed now must be in the ledger by the time that is read.
    kafka = broker_in_use(settings)
    offsets = broker_offsets(kafka, list(settings.intake.topics)) if kafka else None
    wrong = False
    with client:
        for outcome in run_checks(client, settings.retention, offsets):
            _show(outcome, as_json=as_json)
            wrong |= bool(outcome.differences)
    if offsets is not None:
        _show_lag(offsets, as_json=as_json)
    if wrong:
        raise typer.Exit(EXIT_DIFFERENCE)


def broker_in_use(settings: "Settings") -> "KafkaSettings | None":
    """The broker that is named or runs on the data folder; None without one, as beside an archive."""
    from streams.errors import MissingPart
    from streams.kafka.broker import kafka_settings

    try:
        return kafka_settings(settings)
    except MissingPart:
        return None


def broker_offsets(kafka: "KafkaSettings", topics: list[str]) -> "list[PartitionOffsets]":
    """What the broker says of every partition of the topics."""
    from streams.clickhouse.checks import PartitionOffsets
    from streams.kafka.admin import lag

    return [PartitionOffsets(**row) for row in lag(kafka, topics)]


def _show(outcome: "Outcome", *, as_json: bool) -> None:
    check, state = outcome.check, "skipped" if outcome.skipped else "difference" if outcome.differences else "ok"
    if as_json:
        rows = [each._asdict() for each in outcome.differences]
        line = {"check": check.name, "state": state, "claim": check.claim, "seconds": round(outcome.seconds, 3), "differences": rows}
        typer.echo(json.dumps(line | ({"next": check.command} if rows else {}) | ({"skipped": outcome.skipped} if outcome.skipped else {})))
        return
    typer.echo(f"{state:<10}  {check.claim}" + (f" ({outcome.skipped})" if outcome.skipped else ""))
    for each in outcome.differences[:SHOWN]:
        typer.echo(f"            {each.place}: {each.difference}")
    if len(outcome.differences) > SHOWN:
        typer.echo(f"            and {len(outcome.differences) - SHOWN} more (--json shows all)")
    if outcome.differences:
        typer.echo(f"            next: {check.command}")


def _show_lag(offsets: "list[PartitionOffsets]", *, as_json: bool) -> None:
    waiting = sum(each.end - max(each.committed or 0, each.begin) for each in offsets)
    if as_json:
        typer.echo(json.dumps({"check": "lag", "state": "info", "waiting": waiting, "partitions": [each._asdict() for each in offsets]}))
    else:
        typer.echo(f"info        {waiting} records wait to be landed")
