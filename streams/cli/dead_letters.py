"""`plumbline dead-letters list | show | replay`: what was rejected and why."""

import json
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line on standard output.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What was rejected and why; replays change nothing when repeated.", no_args_is_help=True)
    group.command("list")(list_letters)
    group.command("show")(show)
    group.command("replay")(replay)
    app.add_typer(group, name="dead-letters")


def list_letters(
    reason: Annotated[str, typer.Option(help="Only this reason code.")] = "",
    topic: Annotated[str, typer.Option(help="Only inputs from this topic.")] = "",
    since: Annotated[str, typer.Option(help="Only those rejected within this span, like 24h or 7d.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List dead letters, newest first: place, reason, message, size. Never content."""
    from streams import dead_letters

    rows = dead_letters.listed(_clickhouse(), reason=reason, topic=topic, since_s=_seconds(since), limit=limit)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, default=str))
        return
    for row in rows:
        typer.echo(f"{_place(row):<40} {row['reason']:<24} {row['original_bytes']:>9} B  {row['message']}")
    typer.echo(f"{len(rows)} dead letters", err=True)


def show(
    place: Annotated[str, typer.Argument(help="topic/partition/offset/line, as listed.")],
    raw: Annotated[bool, typer.Option("--raw", help="Write the original bytes, unredacted, to standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one dead letter: its reason, its headers and the shape of its bytes (redacted; --raw writes them whole)."""
    import sys

    from streams import dead_letters
    from streams.settings import load_settings

    row = dead_letters.find(_clickhouse(), dead_letters.Place.parse(place))
    reader = dead_letters.LetterReader(load_settings())
    try:
        original = reader.read(row)
    finally:
        reader.close()
    if raw:
        sys.stdout.buffer.write(original.value)
        return
    shown = {**row, "headers": sorted({name for name, _ in original.headers}), "shape": _shape(original.value)}
    if as_json:
        typer.echo(json.dumps(shown, default=str))
        return
    for name, value in shown.items():
        typer.echo(f"{name:<18} {value}")


def replay(
    places: Annotated[list[str] | None, typer.Argument(help="topic/partition/offset/line; none for all that match the options.")] = None,
    reason: Annotated[str, typer.Option(help="Replay all of this reason code.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Send dead letters to the topic they came from. Repeating it changes nothing: a replayed input keeps its identity."""
    from streams import dead_letters
    from streams.errors import PlumblineError
    from streams.kafka.producer import EventProducer
    from streams.settings import load_settings

    if not places and not reason:
        raise PlumblineError("nothing to replay", cause="neither a place nor --reason was given", command="plumbline dead-letters list")
    settings, clickhouse = load_settings(), _clickhouse()
    if places:
        rows = [dead_letters.find(clickhouse, dead_letters.Place.parse(place)) for place in places]
    else:
        rows = dead_letters.listed(clickhouse, reason=reason, limit=limit)
    producer = EventProducer(settings.kafka)
    outcomes = list(dead_letters.replay(settings, rows, producer))
    producer.close()
    for place, outcome in outcomes:
        typer.echo(json.dumps({"place": str(place), "outcome": outcome}) if as_json else f"{place}  {outcome}")
    typer.echo(f"{sum(outcome == 'replayed' for _, outcome in outcomes)} of {len(outcomes)} replayed", err=True)


def _clickhouse() -> Any:
    from streams.clickhouse.client import ClickHouse
    from streams.settings import load_settings

    return ClickHouse.connect(load_settings().clickhouse)


def _place(row: dict[str, Any]) -> str:
    return f"{row['topic']}/{row['partition']}/{row['offset']}/{row['line']}"


def _seconds(span: str) -> int:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    if not span:
        return 0
    if span[-1] not in units or not span[:-1].isdigit():
        raise typer.BadParameter(f"{span!r} is no span; write 30m, 24h or 7d", param_hint="--since")
    return int(span[:-1]) * units[span[-1]]


def _shape(value: bytes) -> str:
    """Letters and digits replaced, punctuation kept: enough to see a broken bracket, nothing to read."""
    text = value[:400].decode("utf-8", "backslashreplace")
    shape = "".join("a" if char.isalpha() else "0" if char.isdigit() else char if char.isprintable() else "." for char in text)
    return shape + ("…" if len(value) > 400 else "")
