"""`plumbline export`."""

import json
from typing import Annotated

import typer

from streams.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    kind: Annotated[str, typer.Argument(help="signals: tagged events by hour and group; verdicts: each tagged event.")],
    out: Annotated[str, typer.Argument(help="File to write; - for standard output.")],
    form: Annotated[str, typer.Option("--format", help="parquet, csv, or ocsf: Detection Findings, one JSON object per line.")] = "parquet",
    since: Annotated[str, typer.Option(help="From when: 24h, 7d, now, or RFC 3339.")] = "30d",
    until: Annotated[str, typer.Option(help="Until when.")] = "now",
    category: Annotated[str, typer.Option(help="Only of this category.")] = "",
    organization: Annotated[str, typer.Option(help="Only of this organization.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write signals or verdicts of the current run into a file. Without text; people by their keyed hash. It is on the access log."""
    from datetime import UTC, datetime

    from streams.access_log import record
    from streams.account import account
    from streams.cli.clickhouse import connected
    from streams.errors import UsageError
    from streams.export.reading import exported, tables
    from streams.export.writing import write
    from streams.moments import option

    exported(kind)
    now = datetime.now(UTC)
    begin, end = option("--since", since, now=now), option("--until", until, now=now)
    if begin is None or end is None or begin >= end:
        raise UsageError("--since is not before --until", cause=f"{since!r} and {until!r}", command="plumbline export --help")
    _, client = connected("export")
    with client:
        record(client, account(), "admin", "export", page="plumbline export", organization_id=organization, detail=f"{kind} as {form}")
        rows = write(kind, form, tables(client, kind, begin, end, {"category": category, "organization": organization}), out)
    if as_json and out != "-":
        typer.echo(json.dumps({"kind": kind, "file": out, "format": form, "rows": rows}))
    else:
        typer.echo(f"wrote {rows} rows", err=True)
