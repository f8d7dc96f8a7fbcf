"""`plumbline report`."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.report.figures import Period

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    out: Annotated[Path, typer.Argument(help="HTML file to write.")],
    month: Annotated[str, typer.Option(help="Calendar month like 2026-10 (UTC); default: the last one that is over.")] = "",
    since: Annotated[str, typer.Option(help="Instead of a month, from when: 30d, or RFC 3339.")] = "",
    until: Annotated[str, typer.Option(help="Until when; default: now.")] = "",
) -> None:
    """Write the report of a month for those who answer for it: what rose, what fell, what the policy change did. One page, to print."""
    from streams.cli.clickhouse import connected
    from streams.errors import ConfigurationError
    from streams.policy import Pack
    from streams.report.figures import figures
    from streams.report.page import page

    now = datetime.now(UTC)
    period = _period(month, since, until, now)
    settings, client = connected("report")
    with client:
        text = page(figures(client, Pack.load(settings.policy.pack), settings.policy, period), now)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written", cause=str(error), command="choose another file") from error
    typer.echo(f"wrote {out}: {period.since:%Y-%m-%d} to {period.until:%Y-%m-%d}", err=True)


def _period(month: str, since: str, until: str, now: datetime) -> "Period":
    from streams.errors import UsageError
    from streams.moments import option
    from streams.report.figures import Period, month_of

    if month and (since or until):
        raise UsageError("a month or a range, not both", cause="--month and --since were given", command="plumbline report --help")
    if since or until:
        begin, end = option("--since", since or "30d", now=now), option("--until", until or "now", now=now)
        if begin is None or end is None or begin >= end:
            raise UsageError("--since is not before --until", cause=f"{since!r} and {until!r}", command="plumbline report --help")
        return Period(begin, end, begin - (end - begin))
    found = MONTH.fullmatch(month or f"{now.replace(day=1) - timedelta(days=1):%Y-%m}")
    if not found:
        raise UsageError(f"{month!r} is no month", cause="a month is like 2026-10", command="plumbline report --help")
    return month_of(int(found[1]), int(found[2]))
