"""`plumbline lookup user | key | resolve`."""

from typing import TYPE_CHECKING, Annotated

import typer

from streams.account import account
from streams.cli.alerts.incidents import By, Reason
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.lookup import Lookup, Seeker
    from streams.settings import Settings

Organization = Annotated[str, typer.Argument(metavar="ORG", help="Organization that the id belongs to.")]
RawId = Annotated[str, typer.Argument(metavar="ID", help="The raw id; - reads it from standard input, so that no shell remembers it.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="From a raw id to its rows, and from a hash to its id: with a reason, and on the access log.", no_args_is_help=True)
    for name, command in {"user": user, "key": key, "resolve": resolve}.items():
        group.command(name)(command)
    app.add_typer(group, name="lookup")


def user(organization: Organization, raw: RawId, reason: Reason, by: By = "", as_json: AsJson = False) -> None:
    """Find the rows of a user."""
    _find("user", organization, raw, reason, by, as_json=as_json)


def key(organization: Organization, raw: RawId, reason: Reason, by: By = "", as_json: AsJson = False) -> None:
    """Find the rows of an API key."""
    _find("key", organization, raw, reason, by, as_json=as_json)


def resolve(
    organization: Organization,
    pseudonym: Annotated[str, typer.Argument(metavar="HASH", help="16 hexadecimal digits, as pages and decisions have them.")],
    reason: Reason,
    kind: Annotated[str, typer.Option(help="user or key.")] = "user",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Ask the gateway of the setting `resolver.url` whose hash that is."""
    import asyncio
    import json

    from streams.kafka.broker import kafka_settings
    from streams.lookup import pseudonym_of

    settings, lookup = _lookup()
    wanted = pseudonym_of(pseudonym)
    found = asyncio.run(lookup.resolve(kind, organization, wanted, _seeker(reason, by), settings, lambda: kafka_settings(settings)))
    typer.echo(json.dumps({"organization_id": organization, "kind": kind, "hash": pseudonym, "id": found}, ensure_ascii=False) if as_json else found)


def _find(kind: str, organization: str, raw: str, reason: str, by: str, *, as_json: bool) -> None:
    import sys

    from streams.cli.rows import print_rows

    _, lookup = _lookup()
    given = sys.stdin.readline().strip() if raw == "-" else raw
    found = lookup.find(kind, organization, given, _seeker(reason, by))
    if as_json:
        return print_rows([{"organization_id": organization, "kind": kind, "hash": found.hex, **found.summary, "tags_shown": found.tags}], "json")
    typer.echo(f"{kind} {found.hex} of {organization}: {found.summary['events']} events, {found.summary['tagged_events']} of them tagged")
    shown = ("occurred_at", "event_id", "category", "outcome", "severity")
    return print_rows([{name: row[name] for name in shown} for row in found.tags], "table")


def _lookup() -> "tuple[Settings, Lookup]":
    from streams.cli.clickhouse import connected
    from streams.lookup import Lookup
    from streams.privacy import load_key

    settings, client = connected("lookup")
    return settings, Lookup(client, load_key(settings))


def _seeker(reason: str, by: str) -> "Seeker":
    from streams.lookup import Seeker

    return Seeker(by or account(), "admin", reason)
