"""`plumbline store`."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("store")(store)


def store(
    exit_with_parent: Annotated[bool, typer.Option("--exit-with-parent", help="Stop when the process that started this one is gone.")] = False,
) -> None:
    """Run the store: the embedded ClickHouse engine behind ClickHouse's HTTP interface, on loopback."""
    from streams import logs
    from streams.settings import load_settings
    from streams.store.process import run_store

    settings = load_settings()
    logs.configure(settings.log, part="store")
    run_store(settings, exit_with_parent=exit_with_parent)
