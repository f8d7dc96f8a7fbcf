"""`plumbline up`: the whole system on one machine."""

import json
from collections.abc import Mapping
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="Also generate traffic: 14 days of history once, then live.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON object.")] = False,
) -> None:
    """Run everything on this machine until Ctrl-C: broker, store, worker and page. Prints the page's address as soon as it serves.

    The broker is left out when kafka.bootstrap_servers names one, the store when clickhouse.url does. Data stays in the data folder, and the next
    start goes on from there.
    """
    import asyncio

    from streams import logs
    from streams.settings import load_settings
    from streams.up.lock import describe, sole_supervisor
    from streams.up.supervisor import Supervisor

    settings = load_settings()
    logs.configure(settings.log, part="up")
    with sole_supervisor(settings.data_dir) as lock:

        def announce(addresses: Mapping[str, str]) -> None:
            describe(lock, addresses["page"])
            typer.echo(json.dumps(addresses) if as_json else addresses["page"])

        async def supervise() -> None:
            await Supervisor(settings, announce, demo=demo).run()

        asyncio.run(supervise())
