"""`plumbline doctor`."""

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per finding.")] = False) -> None:
    """Check every part that Plumbline needs: ok, warn or fail, each with the command that mends it. Exit status 1 on any fail."""
    from streams import logs
    from streams.doctor import State, examine
    from streams.errors import EXIT_DIFFERENCE
    from streams.settings import LogSettings, load_settings

    settings = load_settings()
    logs.configure(LogSettings(level="error", format=settings.log.format), part="doctor")
    failed = False
    for finding in examine(settings):
        failed |= finding.state is State.FAIL
        if as_json:
            typer.echo(json.dumps(finding._asdict(), ensure_ascii=False))
            continue
        typer.echo(f"{finding.state:<4}  {finding.check}: {finding.message}")
        if finding.command:
            typer.echo(f"      next: {finding.command}")
    if failed:
        raise typer.Exit(EXIT_DIFFERENCE)
