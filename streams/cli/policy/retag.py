"""`plumbline policy retag`."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    since: Annotated[str, typer.Option(help="From when, by event time, on a whole hour: 2025-09-15, RFC 3339, or 7d before the last full hour.")],
    until: Annotated[str, typer.Option(help="Until when; now: the last full hour.")] = "now",
    pack: Annotated[Path | None, typer.Option(help="Folder of the policy pack; default: the setting policy.pack.")] = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="Decide as if what is marked as shadow counted; the run is never current.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: run_id, events, verdicts.")] = False,
) -> None:
    """Decide a range of history again, into a run of its own, without any text. Nothing is edited; views switch when all is decided.

    Interrupted, the same command goes on where it was; repeated, it changes nothing.
    """
    import json
    from datetime import UTC, datetime

    from streams import moments
    from streams.cli.clickhouse import connected
    from streams.cli.policy.output import pack_folder
    from streams.cli.progress import progress
    from streams.clickhouse.runs import BEGINNING
    from streams.errors import UsageError
    from streams.history.retag import Retag, order_for, remaining
    from streams.history.sides import Side
    from streams.policy import Pack

    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)  # so that `7d` and `now`, said again, mean the same range
    first, last = (moments.option(name, text, now=hour) for name, text in (("--since", since), ("--until", until)))
    if not first < last <= now:
        raise UsageError("--since must be before --until, and --until not after now", cause=f"{first.isoformat()} to {last.isoformat()}")
    settings, client = connected("policy")
    side = Side("shadow" if shadow else "live", Pack.load(pack_folder(pack)), settings.policy, shadow=shadow)
    with client:
        order = order_for(client, side, first, last)
        if order is None:
            typer.echo(f"pack {side.pack.hash} has decided all of this range already", err=True)
            return
        retag = Retag(client, side, order, settings.data_dir)
        typer.echo(f"{order.run_id}: {first.isoformat()} to {last.isoformat()}, after {order.parents or 'no run'}", err=True)
        with progress(order.run_id, remaining(retag.windows(BEGINNING))) as advance:
            retag.run(advance)
    facts = {"run_id": order.run_id, "events": retag.decided, "verdicts": retag.verdicts}
    typer.echo(json.dumps(facts) if as_json else f"{order.run_id}: {retag.decided} events, {retag.verdicts} verdicts")
