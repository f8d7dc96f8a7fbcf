"""`plumbline report [month] | compliance`."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from streams.compliance.facts import Facts
    from streams.report.figures import Period

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
Month = Annotated[str, typer.Option(help="Calendar month like 2026-10 (UTC); default: the last one that is over.")]


class MonthByDefault(TyperGroup):
    """`plumbline report FILE` is `plumbline report month FILE`."""

    def parse_args(self, context: Any, arguments: list[str]) -> list[str]:
        named = not arguments or arguments[0] in {*self.commands, *self.get_help_option_names(context)}
        return super().parse_args(context, arguments if named else ["month", *arguments])


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Reports for those who answer for it: of a month, and for compliance.", no_args_is_help=True, cls=MonthByDefault)
    group.command("month")(month_report)
    group.command("compliance")(compliance)
    app.add_typer(group, name="report")


def month_report(
    out: Annotated[Path, typer.Argument(help="HTML file to write.")],
    month: Month = "",
    since: Annotated[str, typer.Option(help="Instead of a month, from when: 30d, or RFC 3339.")] = "",
    until: Annotated[str, typer.Option(help="Until when; default: now.")] = "",
) -> None:
    """Write the report of a month: what rose, what fell, what the policy change did. One page, to print. The name month may be left out."""
    from streams.cli.clickhouse import connected
    from streams.policy import Pack
    from streams.report.figures import figures
    from streams.report.page import page

    now = datetime.now(UTC)
    period = _period(month, since, until, now)
    settings, client = connected("report")
    with client:
        text = page(figures(client, Pack.load(settings.policy.pack), settings.policy, period), now)
    _write(out, text)
    typer.echo(f"wrote {out}: {period.since:%Y-%m-%d} to {period.until:%Y-%m-%d}", err=True)


def compliance(
    since: Annotated[str, typer.Option("--from", help="From when: 2026-10-01, RFC 3339 on a whole hour, or 30d before this hour.")] = "",
    until: Annotated[str, typer.Option("--to", help="Up to, not including: likewise; default: this hour.")] = "",
    month: Month = "",
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page, to print.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show for a span which policy was in force, what was covered and found, what people did, who accessed what, and what was removed."""
    from streams.cli.clickhouse import connected
    from streams.cli.retention import topics
    from streams.compliance.facts import Span, facts
    from streams.compliance.page import page

    now = datetime.now(UTC)
    period = _period(month, since, until, now.replace(minute=0, second=0, microsecond=0), names=("--from", "--to"))
    span = Span(period.since, period.until)
    settings, client = connected("report")
    with client:
        found = facts(client, settings, span, now, topics(settings))
    if html:
        _write(html, page(found))
        typer.echo(f"wrote {html}", err=True)
    if as_json or not html:
        _print(found, as_json=as_json)


def _print(found: "Facts", *, as_json: bool) -> None:
    from streams.cli.rows import print_rows

    whole = found.as_json()
    if as_json:
        return print_rows([whole], "json")
    for remark in found.remarks:
        typer.echo(remark, err=True)
    for name in ("policy", *found.sections, "retention"):
        typer.echo(f"\n{name}: {len(whole[name])}")
        print_rows(whole[name], "table")
    return None


def _write(out: Path, text: str) -> None:
    from streams.errors import ConfigurationError

    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written", cause=str(error), command="choose another file") from error


def _period(month: str, since: str, until: str, now: datetime, names: tuple[str, str] = ("--since", "--until")) -> "Period":
    from streams.errors import UsageError
    from streams.moments import option
    from streams.report.figures import Period, month_of

    if month and (since or until):
        raise UsageError("a month or a range, not both", cause=f"--month and {names[0]} were given", command="plumbline report --help")
    if since or until:
        begin, end = option(names[0], since or "30d", now=now), option(names[1], until or "now", now=now)
        if begin is None or end is None or begin >= end:
            raise UsageError(f"{names[0]} is not before {names[1]}", cause=f"{since!r} and {until!r}", command="plumbline report --help")
        return Period(begin, end, begin - (end - begin))
    found = MONTH.fullmatch(month or f"{now.replace(day=1) - timedelta(days=1):%Y-%m}")
    if not found:
        raise UsageError(f"{month!r} is no month", cause="a month is like 2026-10", command="plumbline report --help")
    return month_of(int(found[1]), int(found[2]))
