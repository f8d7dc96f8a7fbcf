"""`plumbline emit` and `plumbline import`: events from files into Kafka."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from streams.errors import EXIT_DIFFERENCE, EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from streams.imports import Destination, Row, Sent
    from streams.imports.checkpoint import Progress
    from streams.kafka.producer import EventProducer
    from streams.settings import Settings

EXIT_INTERRUPTED = 130

Topic = Annotated[str, typer.Option(help="Another topic than kafka.events_topic.")]
Source = Annotated[str, typer.Option(help="What the lines are, where their shape does not tell: anthropic.messages, openai.chat, litellm, …")]
Organization = Annotated[str, typer.Option(help="The organization that all lines belong to; on a trusted topic only.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object with the counts on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("emit")(emit)
    app.command("import")(import_file)


def emit(
    file: Annotated[str, typer.Argument(help="A file of JSON lines, or - for standard input.")],
    topic: Topic = "",
    source: Source = "",
    organization: Organization = "",
    as_json: AsJson = False,
) -> None:
    """Send JSON lines as they are. A line that is no event is sent too: the worker makes it a dead letter, with the reason."""
    from streams.imports import send_rows
    from streams.imports.rows import json_lines

    settings, stream = _settings(), _opened(file)
    size = None if file == "-" else Path(file).stat().st_size
    with (
        _producing(settings, topic, source, organization) as (producer, destination, _),
        _progress(f"emit {file}", size) as advance,
        _telling_interrupts("what was read before has been handed over, not all of it acknowledged"),
    ):
        sent = send_rows(
            json_lines(stream, limit=destination.limit_bytes),
            producer,
            destination,
            acknowledged=lambda row, _sent: advance(row.position),
            oversize=_oversize(file, destination),
        )
    _finish(sent, 0, as_json=as_json)


def import_file(
    file: Annotated[Path, typer.Argument(help="JSON lines or Parquet; columns are named as an event's fields, nested or with dots.")],
    form: Annotated[str, typer.Option("--format", help="auto, jsonl or parquet.")] = "auto",
    topic: Topic = "",
    source: Source = "",
    organization: Organization = "",
    assume_utc: Annotated[bool, typer.Option("--assume-utc", help="Parquet times without a zone are in UTC.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Begin at the first row, whatever was acknowledged before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send a file's events, and after an interruption only the rest. Repeats change nothing: a row keeps its id."""
    from streams.imports import send_rows
    from streams.imports.checkpoint import Checkpoint, FileIdentity, Progress

    if form not in ("auto", "jsonl", "parquet"):
        raise typer.BadParameter(f"{form!r} is none of auto, jsonl, parquet", param_hint="--format")
    _opened(str(file)).close()
    settings, identity = _settings(), FileIdentity.of(file)
    with _producing(settings, topic, source, organization) as (producer, destination, cluster):
        checkpoint = Checkpoint(settings.data_dir / "imports", identity, topic=destination.topic, cluster=cluster)
        if restart:
            checkpoint.forget()
        done = checkpoint.read()
        rows, length = _rows(file, form, done, destination, assume_utc=assume_utc)
        if done.rows:
            typer.echo(f"{done.rows} rows were done before; going on after them (--restart begins again)", err=True)
        with _progress(f"import {file.name}", length) as advance, _telling_interrupts("the same command goes on after the last acknowledged row"):

            def acknowledged(row: "Row", _sent: "Sent") -> None:
                checkpoint.write(Progress(row.number, row.position))
                advance(row.position)

            oversize = _oversize(str(file), destination)
            sent = send_rows(
                rows, producer, destination, acknowledged=acknowledged, oversize=oversize, id_of=lambda row: identity.event_id(row.number)
            )
    _finish(sent, done.rows, as_json=as_json)


def _rows(file: Path, form: str, done: "Progress", destination: "Destination", *, assume_utc: bool) -> tuple[Iterator["Row"], int]:
    """The rows after those that are done, and the length that positions count towards."""
    from streams.imports.fields import undotted
    from streams.imports.parquet import ParquetRows, is_parquet
    from streams.imports.rows import json_lines

    if form == "parquet" or (form == "auto" and is_parquet(file)):
        table = ParquetRows(file, assume_utc=assume_utc)
        return table.rows(done.rows), table.length
    stream = file.open("rb")
    stream.seek(done.position)
    lines = json_lines(stream, limit=destination.limit_bytes, number=done.rows, position=done.position)
    return map(undotted, lines), file.stat().st_size


def _settings() -> "Settings":
    from streams.settings import load_settings

    return load_settings()


def _opened(file: str) -> BinaryIO:
    """Standard input or a file; one that cannot be read is wrong usage."""
    if file == "-":
        return sys.stdin.buffer
    try:
        return Path(file).open("rb")
    except OSError as error:
        typer.echo(f"error: {file} cannot be read: {error.strerror}", err=True)
        raise typer.Exit(EXIT_USAGE) from None


@contextmanager
def _producing(settings: "Settings", topic: str, source: str, organization: str) -> Iterator[tuple["EventProducer", "Destination", str]]:
    """A producer, the destination, and the id of its cluster."""
    from streams.imports import Destination
    from streams.kafka.admin import ensure_topics, topic_limits
    from streams.kafka.broker import kafka_settings
    from streams.kafka.producer import EventProducer

    _check_source(source)
    kafka = kafka_settings(settings)
    topic = topic or kafka.events_topic
    if topic == kafka.events_topic:
        ensure_topics(kafka)
    facts = topic_limits(kafka, topic)
    with EventProducer(kafka, linger_ms=20) as producer:
        keyed = kafka.keys == "organization"
        yield producer, Destination(topic, facts.limit_bytes, source=source, organization=organization, keyed=keyed), facts.cluster_id


def _check_source(source: str) -> None:
    from streams.decode.adapters import ADAPTERS

    if source and source not in ADAPTERS:
        raise typer.BadParameter(f"{source!r} is no source; known are {', '.join(sorted(ADAPTERS))}", param_hint="--source")


def _progress(title: str, total: int | None) -> Any:
    from streams.cli.progress import progress

    return progress(title, total)


def _oversize(name: str, destination: "Destination") -> Callable[["Row"], None]:
    def tell(row: "Row") -> None:
        limit = f"topic {destination.topic} admits {destination.limit_bytes} with framing"
        typer.echo(f"{name}:{row.number}: {row.size} bytes; {limit}: left out", err=True)

    return tell


@contextmanager
def _telling_interrupts(what: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"interrupted: {what}", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _finish(sent: "Sent", before: int, *, as_json: bool) -> None:
    """Print the counts; rows that were too large are a failure."""
    counts = {"sent": sent.sent, "skipped": sent.skipped + before, "blank": sent.blank, "oversize": sent.oversize, "done_before": before}
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo(f"{sent.sent} sent, {counts['skipped']} skipped ({sent.blank} blank, {sent.oversize} too large, {before} done before)", err=True)
    raise typer.Exit(EXIT_DIFFERENCE if sent.oversize else EXIT_OK)
