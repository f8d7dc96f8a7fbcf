"""`plumbline dead-letters list | show | replay`: what was rejected and why."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas import DeadLetter
from streams.account import account
from streams.cli.alerts.incidents import By
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.dead_letters import Original

SHAPE_BYTES = 400
# Headers whose names say nothing of a person; of others only the number is told.
KNOWN_HEADERS = frozenset({
    *(f"plumbline-letter-{name}" for name in DeadLetter.model_fields), "plumbline-source", "plumbline-organization", "plumbline-replay-of",
    *(f"ce_{name}" for name in ("specversion", "id", "source", "type", "time", "subject", "datacontenttype", "dataschema")), "content-type",
    "traceparent", "tracestate",
})  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What was rejected and why; replays change nothing when repeated.", no_args_is_help=True)
    group.command("list")(list_letters)
    group.command("show")(show)
    group.command("replay")(replay)
    app.add_typer(group, name="dead-letters")


def list_letters(
    reason: Annotated[str, typer.Option(help="Only this reason code.")] = "",
    topic: Annotated[str, typer.Option(help="Only inputs from this topic.")] = "",
    since: Annotated[str, typer.Option(help="Only those rejected within this span, like 24h or 7d.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List dead letters, newest first: place, reason, message, size. Never content."""
    from streams import dead_letters
    from streams.cli.clickhouse import connected
    from streams.cli.rows import print_rows

    span = _seconds(since)
    _, client = connected("dead-letters")
    with client:
        rows = dead_letters.listed(client, reason=reason, topic=topic, since_s=span, limit=limit)
    if as_json:
        print_rows(rows, "json")
        return
    for row in rows:
        cut = " (cut)" if row["truncated"] else ""
        typer.echo(f"{dead_letters.Place.of(row)!s:<40} {row['reason']:<24} {row['original_bytes']:>9} B{cut}  {row['message']}")
    typer.echo(f"{len(rows)} dead letters", err=True)


def show(
    place: Annotated[str, typer.Argument(help="topic/partition/offset/line, as listed.")],
    raw: Annotated[bool, typer.Option("--raw", help="Write the original bytes, unredacted, to standard output. Needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="With --raw: why content is read; it is on the access log.")] = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Show one dead letter: its reason, its headers and the shape of its bytes (redacted; --raw writes them whole)."""
    import sys

    from streams import dead_letters
    from streams.access_log import record
    from streams.cli.clickhouse import connected
    from streams.cli.rows import print_rows
    from streams.errors import MissingPart
    from streams.kafka.broker import kafka_settings
    from streams.review.marks import checked

    wanted = dead_letters.Place.parse(place)
    settings, client = connected("dead-letters")
    with client:
        row = dead_letters.find(client, wanted)
        if raw:
            record(client, by or account(), "admin", "reveal", page="plumbline dead-letters show", detail=str(wanted), reason=checked(reason))
    with dead_letters.LetterReader(kafka_settings(settings)) as reader:
        try:
            original = reader.read(row)
        except MissingPart as error:
            if raw:
                raise
            told = {"headers": [], "shape": f"({error.what})"}
        else:
            told = _told(original)
    if raw:
        sys.stdout.buffer.write(original.value)
    elif as_json:
        print_rows([row | told], "json")
    else:
        for name, value in (row | told).items():
            typer.echo(f"{name:<18} {', '.join(value) if isinstance(value, list) else value}")


def replay(
    places: Annotated[list[str] | None, typer.Argument(help="topic/partition/offset/line; none for all that match the options.")] = None,
    reason: Annotated[str, typer.Option(help="Replay all of this reason code.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Send dead letters to the topic they came from. Repeating it changes nothing: a replayed input keeps its identity."""
    from streams import dead_letters
    from streams.cli.clickhouse import connected
    from streams.errors import EXIT_DIFFERENCE, PlumblineError
    from streams.kafka.broker import kafka_settings
    from streams.kafka.producer import EventProducer

    if not places and not reason:
        raise PlumblineError("nothing to replay", cause="neither a place nor --reason was given", command="plumbline dead-letters list")
    wanted = [dead_letters.Place.parse(place) for place in places or ()]
    settings, client = connected("dead-letters")
    with client:
        rows = [dead_letters.find(client, place) for place in wanted] or dead_letters.listed(client, reason=reason, limit=limit)
    kafka = kafka_settings(settings)
    producer = EventProducer(kafka)
    try:
        with dead_letters.LetterReader(kafka) as reader:
            outcomes = list(dead_letters.replay(rows, reader, producer))
    finally:
        producer.close()
    for place, outcome in outcomes:
        typer.echo(json.dumps({"place": str(place), "outcome": outcome}) if as_json else f"{place}  {outcome}")
    replayed = sum(outcome == "replayed" for _, outcome in outcomes)
    typer.echo(f"{replayed} of {len(outcomes)} replayed", err=True)
    if replayed < len(outcomes):
        raise typer.Exit(EXIT_DIFFERENCE)


def _told(original: "Original") -> dict[str, Any]:
    """What may be told of a letter without reading it to anybody."""
    return {"headers": known_headers(name for name, _ in original.headers), "shape": shape(original.value)}


def known_headers(names: Iterable[str]) -> list[str]:
    """Names of headers that say nothing of a person, in order, and how many others there are."""
    names = list(names)
    others = sum(name not in KNOWN_HEADERS for name in names)
    return [*sorted(KNOWN_HEADERS & set(names)), *([f"and {others} more"] if others else [])]


def shape(value: bytes) -> str:
    """Letters and digits replaced, punctuation kept: enough to see a broken bracket, nothing to read."""
    text = value[:SHAPE_BYTES].decode("utf-8", "replace")
    shown = "".join("0" if char.isdecimal() else char if char.isascii() and char.isprintable() and not char.isalpha() else "a" for char in text)
    return shown + ("…" if len(value) > SHAPE_BYTES else "")


def _seconds(span: str) -> int:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    if not span:
        return 0
    if span[-1] not in units or not (span[:-1].isascii() and span[:-1].isdigit()):
        raise typer.BadParameter(f"{span!r} is no span; write 30m, 24h or 7d", param_hint="--since")
    return int(span[:-1]) * units[span[-1]]
