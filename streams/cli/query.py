"""`plumbline query`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from streams.clickhouse.library import Query


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("query")(query)


def query(
    name: Annotated[str, typer.Argument(help="Name of the query; see --list.")] = "",
    since: Annotated[str, typer.Option(help="From when: 24h, 7d, now, or RFC 3339.")] = "",
    until: Annotated[str, typer.Option(help="Until when.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many rows, for queries that have a limit; 0: the query's own.")] = 0,
    param: Annotated[list[str] | None, typer.Option(help="KEY=VALUE; may be repeated.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the queries and their parameters.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, with a header line.")] = False,
    as_chart: Annotated[bool, typer.Option("--chart", help="A chart for the terminal.")] = False,
) -> None:
    """Answer a named question from the query library."""
    from streams.cli.chart import print_chart
    from streams.cli.clickhouse import connected
    from streams.cli.rows import print_rows
    from streams.clickhouse.library import queries, query_named
    from streams.errors import UsageError

    form = "json" if as_json else "csv" if as_csv else "table"
    if listing or not name:
        return print_rows([_described(one, form) for one in queries().values()], form)
    given = {"since": since, "until": until, "limit": str(limit or "")}
    given = {key: value for key, value in given.items() if value}
    for pair in param or []:
        key, separator, value = pair.partition("=")
        if not separator:
            raise UsageError(f"--param takes KEY=VALUE, not {pair!r}")
        given[key] = value
    wanted = query_named(name)
    _, client = connected("query")
    with client:
        rows = wanted.rows(client, given)
    return print_chart(rows) if as_chart else print_rows(rows, form)


def _described(one: "Query", form: str) -> dict[str, Any]:
    if form == "json":
        parameters = [{"name": each.name, "type": each.type, "default": each.default} for each in one.parameters]
        return {"name": one.name, "question": one.question, "owner": one.owner, "grain": one.grain, "parameters": parameters}
    shown = ", ".join(each.name if each.default is None else f"{each.name}={each.default}" for each in one.parameters)
    return {"name": one.name, "question": one.question, "parameters": shown}
