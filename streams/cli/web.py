"""`plumbline web`."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("web")(web)


def web(
    exit_with_parent: Annotated[bool, typer.Option("--exit-with-parent", help="Stop when the process that started this one is gone.")] = False,
) -> None:
    """Serve the page and the HTTP intake (POST /v1/events)."""
    from streams import logs
    from streams.processes import end_with_parent
    from streams.settings import load_settings
    from streams.web.server import run_web

    settings = load_settings()
    logs.configure(settings.log, part="web")
    if exit_with_parent:
        end_with_parent()
    run_web(settings)
