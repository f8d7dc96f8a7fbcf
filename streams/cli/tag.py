"""`plumbline tag`: detect and decide without a broker or a database."""

import sys
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.offline import Judged
    from streams.policy import Pack

BLOCK_BYTES, BATCH_LINES = 1 << 20, 2_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tag")(tag)


def tag(
    file: Annotated[str, typer.Argument(help="JSON lines of usage events in any shape that the intake reads. -: standard input.")] = "-",
    at: Annotated[str, typer.Option(help="Judge every event as if it had occurred then: 2025-09-15 or RFC 3339.")] = "",
    revision: Annotated[str, typer.Option(help="Judge by this revision, whatever the time.")] = "",
    as_of: Annotated[str, typer.Option(help="Use only what had been recorded by then: 2025-09-15 or RFC 3339.")] = "",
    pack: Annotated[Path | None, typer.Option(help="Folder of the policy pack; default: the setting policy.pack.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help='One object per event: {"event_id", "revision", "tags"}.')] = False,
) -> None:
    """Say what the policy says of each event. Exit status 1 when a line is no event; the others are answered all the same."""
    from streams import logs, moments
    from streams.offline import BadLine, OfflineAuditor
    from streams.policy import Auditor
    from streams.settings import load_settings

    settings = load_settings()
    logs.configure(settings.log, part="tag")
    loaded = _pack(pack or settings.policy.pack, as_of)
    if revision:
        loaded.revision(revision)
    judge = OfflineAuditor(Auditor(loaded, settings.policy), settings.intake, at=moments.option("--at", at), revision=revision or None)
    shown, bad, number = _as_json if as_json else _as_text, 0, 1
    with opened(file) as source:
        for lines in batches(source):
            answers = []
            for answer in judge.judge(lines, first=number):
                if isinstance(answer, BadLine):
                    bad += 1
                    typer.echo(f"line {answer.line}: {answer.reason}", err=True)
                else:
                    answers.append(shown(answer))
            number += len(lines)
            sys.stdout.write("".join(answers))
            sys.stdout.flush()
    if bad:
        raise typer.Exit(1)


def _pack(folder: Path | None, as_of: str) -> "Pack":
    from streams import moments
    from streams.policy import Pack

    loaded, day = Pack.load(folder), moments.option("--as-of", as_of)
    return loaded.as_of(day) if day else loaded


def opened(file: str) -> BufferedIOBase:
    from streams.errors import ConfigurationError

    if file == "-":
        return sys.stdin.buffer
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read", cause=error.strerror or str(error)) from error


def batches(source: BufferedIOBase) -> Iterator[list[bytes]]:
    """Lines as they come: what a pipe holds now is answered now, a file goes in blocks. The last line needs no line feed."""
    rest: list[bytes] = []
    while block := source.read1(BLOCK_BYTES):
        head, feed, tail = block.rpartition(b"\n")
        if not feed:
            rest.append(block)
            continue
        lines = (b"".join(rest) + head).split(b"\n")
        rest = [tail]
        for start in range(0, len(lines), BATCH_LINES):
            yield lines[start : start + BATCH_LINES]
    if last := b"".join(rest):
        yield [last]


def _as_json(answer: "Judged") -> str:
    return answer.verdict.model_dump_json() + "\n"


def _as_text(answer: "Judged") -> str:
    verdict = answer.verdict
    lines = [f"{_plain(verdict.event_id)}  {verdict.revision}  {'' if verdict.tags else 'no tag'}".rstrip()]
    for tag in verdict.tags:
        lines.append(f"    {tag.category}: {tag.outcome.value}, {tag.severity.value}, score {tag.score:g}, clause {tag.clause}")
        evidence = tag.evidence[0] if tag.evidence else None
        where = f" at {evidence.field}[{evidence.start}:{evidence.end}]: {evidence.excerpt}" if evidence else ""
        lines.append(f"        {tag.rule} (version {tag.rule_version}){where}")
        if tag.missing_safeguards:
            lines.append(f"        missing: {', '.join(each.value for each in tag.missing_safeguards)}")
        if tag.excused_by:
            lines.append(f"        excused by {tag.excused_by}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
