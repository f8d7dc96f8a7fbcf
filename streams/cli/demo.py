"""`plumbline demo backfill | live`: generated traffic."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.demo.marker import Marker
    from streams.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Generated traffic of about a hundred organizations; needs a broker, not ClickHouse.", no_args_is_help=True)
    group.command("backfill")(backfill)
    group.command("live")(live)
    app.add_typer(group, name="demo")


def backfill(
    again: Annotated[bool, typer.Option("--again", help="Send a history that ends now, also when one was sent before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Send the history, once per data folder. An interrupted one goes on where it was; repeats change nothing."""
    import time

    from streams.cli.progress import progress
    from streams.demo.backfill import backfill as send
    from streams.demo.backfill import planned
    from streams.demo.history import expected_events
    from streams.demo.traffic import Traffic
    from streams.kafka.admin import ensure_topics
    from streams.kafka.broker import kafka_settings
    from streams.kafka.producer import EventProducer
    from streams.settings import load_settings

    settings = load_settings()
    marker = planned(settings, time.time(), again=again)
    if marker.done:
        return _tell(settings, marker, sent=0, as_json=as_json)
    kafka, before = kafka_settings(settings), marker.sent
    ensure_topics(kafka)
    expected = expected_events(Traffic(settings.demo), settings.demo)
    try:
        with EventProducer(kafka, linger_ms=20) as producer, progress("history", expected) as advance:
            marker = send(settings, producer, marker, topic=kafka.events_topic, advance=advance)
    except KeyboardInterrupt:
        typer.echo("interrupted: the same command goes on where it was", err=True)
        raise typer.Exit(130) from None
    return _tell(settings, marker, sent=marker.sent - before, as_json=as_json)


def _tell(settings: "Settings", marker: "Marker", *, sent: int, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"sent": sent, "skipped": marker.sent - sent, "until": marker.now}))
    if sent:
        typer.echo(f"history up to {marker.now}: {marker.sent} records", err=True)
    else:
        where = settings.data_dir / "demo.json"
        typer.echo(f"the history up to {marker.now} was sent before ({where}); --again sends one that ends now", err=True)


def live() -> None:
    """Send live traffic until stopped (SIGTERM or Ctrl-C)."""
    from streams import logs
    from streams.demo.live import Live
    from streams.kafka.admin import ensure_topics
    from streams.kafka.broker import kafka_settings
    from streams.settings import load_settings

    settings = load_settings()
    logs.configure(settings.log, part="demo")
    kafka = kafka_settings(settings)
    ensure_topics(kafka)
    typer.echo(f"about {settings.demo.live_events_per_s:g} events per second to {kafka.events_topic}; Ctrl-C stops", err=True)
    sender = Live(settings, topic=kafka.events_topic)
    sender.run()
    typer.echo(f"stopped after {sender.sent} events", err=True)
