"""`plumbline reference settings | commands | metrics | queries`: the reference pages under docs/, made from the code that they describe."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    def reference(
        page: Annotated[str, typer.Argument(help=f"One of {', '.join(PAGES)}; none: all.")] = "",
        write: Annotated[Path | None, typer.Option(help="Write the pages into this folder instead of standard output.")] = None,
    ) -> None:
        """Print the reference of settings, commands, metrics or queries as Markdown."""
        if page and page not in PAGES:
            raise typer.BadParameter(f"{page!r} is none of {', '.join(PAGES)}")
        for name in [page] if page else PAGES:
            text = PAGES[name](app)
            if write:
                (write / f"{name}.md").write_text(text, encoding="utf-8")
            else:
                typer.echo(text, nl=False)

    app.command("reference")(reference)


def settings_page(_app: typer.Typer | None = None) -> str:
    """docs/settings.md."""
    from streams.settings import OTHER_VARIABLES
    from streams.settings_view import reference, sections

    lines = [
        "# Settings",
        "",
        "A default holds until the settings file names another value, and the environment wins over both. The file is `plumbline.toml` in the",
        "working directory, or the one that `PLUMBLINE_CONFIG` names. `plumbline config show` tells what is in force and where it came from.",
        "",
        "In the environment, `kafka.group_id` is `PLUMBLINE_KAFKA__GROUP_ID`. Names below a table (`NAME`) arrive in lower case from there; whole",
        'tables can be given as JSON: `PLUMBLINE_INTAKE__TOKENS=\'{"Acme": "…"}\'`.',
    ]
    about, before = sections(), ""
    for row in reference():
        section = row.name.split(".")[0] if "." in row.name else ""
        if section != before or not section:
            lines += ["", f"## {section or 'top level'}", "", *([about[section], ""] if section else [])]
            lines += ["| Setting | Value | Default | Meaning |", "| --- | --- | --- | --- |"]
            before = section
        lines.append(_row(f"`{row.name}`", row.kind, f"`{row.default}`" if row.default else "", row.description))
    lines += ["", "## Environment only", "", "| Variable | Meaning |", "| --- | --- |"]
    lines += [_row(f"`{name}`", meaning) for name, meaning in OTHER_VARIABLES.items()]
    return _page(lines)


def commands_page(app: typer.Typer) -> str:
    """docs/commands.md."""
    lines = [
        "# Commands",
        "",
        "Data goes to standard output, everything else to standard error. Exit status: 0 done, 1 a difference or failure was found, 2 wrong usage,",
        "3 wrong configuration, 4 something is missing on this machine, 5 something is not reachable.",
    ]
    for path, command in commands(app):
        arguments = [f"[{each.name.upper()}]" if not each.required else each.name.upper() for each in command.params if _is_argument(each)]
        lines += ["", f"## plumbline {' '.join([path, *arguments])}", "", _text(command.help)]
        shown = [each for each in command.params if each.name != "help" and not getattr(each, "hidden", False)]
        if shown:
            lines += ["", "| Option | Meaning |", "| --- | --- |"]
            lines += [_row(f"`{each.name.upper() if _is_argument(each) else ', '.join(each.opts)}`", _text(each.help)) for each in shown]
    return _page(lines)


def metrics_page(_app: typer.Typer | None = None) -> str:
    """docs/metrics.md."""
    from streams.metrics import Metrics

    lines = ["# Metrics", "", "Prometheus text format, at `/metrics` of each part. No label ever holds an organization, a user or free text.", ""]
    lines += ["| Metric | Kind | Labels | Meaning |", "| --- | --- | --- | --- |"]
    lines += [_row(f"`{name}`", kind, ", ".join(labels), meaning) for name, kind, meaning, labels in Metrics().declared()]
    return _page(lines)


def queries_page(_app: typer.Typer | None = None) -> str:
    """docs/queries.md."""
    from streams.clickhouse.library import queries

    lines = [
        "# Queries",
        "",
        "`plumbline query NAME` answers with a table, `--json`, `--csv` or `--chart`; `--since`, `--until` and `--limit` stand for",
    ]
    lines += [
        "the parameters of that name, `--param KEY=VALUE` for the others. The statements are in `sql/queries/`; each is tested on hand-written rows"
    ]
    lines += ["(`tests/integration/queries/cases/`), most of them also against plain Python over two weeks of demonstration."]
    for query in queries().values():
        lines += [
            "",
            f"## {query.name}",
            "",
            query.question,
            "",
            f"Owner: {query.owner}. Grain: {query.grain}.",
            *([query.remark] if query.remark else []),
        ]
        shown = [f"`{each.name}`{'' if each.default is None else f' = {each.default or chr(39) * 2}'}" for each in query.parameters]
        lines += ["", f"Parameters: {', '.join(shown)}."] if shown else []
    return _page(lines)


def commands(app: typer.Typer) -> Iterator[tuple[str, Any]]:
    """Every command with its path, in order."""

    def walk(group: Any, path: str) -> Iterator[tuple[str, Any]]:
        for name, command in sorted(group.commands.items()):
            here = f"{path} {name}".strip()
            if getattr(command, "commands", None):
                yield from walk(command, here)
            elif not command.hidden:
                yield here, command

    yield from walk(typer.main.get_command(app), "")


PAGES: dict[str, Callable[[typer.Typer], str]] = {
    "settings": settings_page,
    "commands": commands_page,
    "metrics": metrics_page,
    "queries": queries_page,
}


def _is_argument(parameter: Any) -> bool:
    return not parameter.opts[0].startswith("-")


def _text(help_text: str | None) -> str:
    return " ".join((help_text or "").split())


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _page(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
