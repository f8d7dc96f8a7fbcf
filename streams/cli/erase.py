"""`plumbline erase`: remove a person's rows, on their request."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.clickhouse.client import ClickHouse
    from streams.clickhouse.erasures import Tombstone
    from streams.erasure.rows import Erasure, Person, Removal
    from streams.settings import Settings

PEOPLE = "one JSON object with organization_id and user_id per line"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("erase")(erase)


def erase(
    organization: Annotated[str, typer.Option(help="The organization whose users are named by --user.")] = "",
    user: Annotated[list[str] | None, typer.Option(help="Raw id of a user of that organization; may be repeated.")] = None,
    file: Annotated[Path | None, typer.Option(help=f"Many people: {PEOPLE}; - for standard input.")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the tombstone. Name no person in it.")] = "",
    cut_log: Annotated[
        bool,
        typer.Option("--cut-log", help="Also delete from the events topics what has landed, of everybody, instead of waiting for their retention."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be removed.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with removals that were interrupted, and remove what came back.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List all removals, by keyed hash.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Search everything that is kept for the people named, or by their hashes for all who were removed.")
    ] = False,
    text: Annotated[list[str] | None, typer.Option(help="With --verify: another text to look for; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Remove a person's rows from every table and signal, and their dead letters, for good; a tombstone keeps replays from bringing them back."""
    from streams.cli.clickhouse import connected
    from streams.cli.traces import tell_traces
    from streams.erasure.rows import Erasure
    from streams.errors import UsageError

    if text and not verify:
        raise UsageError("--text is something to look for", cause="nothing is searched", command="plumbline erase --verify --text …")
    people = _people(organization, user or [], file, needed=not (resume or listing or verify))
    settings, client = connected("erase")
    with client:
        if verify:
            return tell_traces(settings, client, people, text or [], as_json=as_json)
        if listing:
            return _list(client, as_json=as_json)
        erasure = Erasure(client, settings)
        if dry_run:
            return _tell(erasure.count(people, _key(settings)), as_json=as_json)
        return _tell(_removed(erasure, settings, client, people, reason, cut_log=cut_log), as_json=as_json)


def _removed(
    erasure: "Erasure", settings: "Settings", client: "ClickHouse", people: "list[Person]", reason: str, *, cut_log: bool
) -> "list[Removal]":
    from streams.clickhouse import erasures
    from streams.errors import UsageError

    if people and not reason.strip():
        raise UsageError("a removal needs a reason", cause="it is kept with the tombstone", command="plumbline erase … --reason WHY")
    if people:
        asked = erasure.ask(people, _key(settings), reason.strip())
        typer.echo(f"{len(asked)} people: nothing of theirs lands any more; their rows are being removed", err=True)
    else:
        erasure.ask_again()
        asked = erasures.every(client)
    return [*erasure.complete(), *_from_kafka(settings, client, asked, cut_log=cut_log)]


def _from_kafka(settings: "Settings", client: "ClickHouse", tombstones: "list[Tombstone]", *, cut_log: bool) -> "list[Removal]":
    """Dead letters of the people and, if asked, the landed part of the events topics."""
    from streams.erasure.rows import Removal
    from streams.erasure.topics import cut_landed, letters_of, remove_letters
    from streams.kafka.broker import borrowed

    with borrowed(settings) as kafka:
        if kafka is None:
            typer.echo("no broker is named and the data folder never had one: there are no dead letters to look through", err=True)
            return []
        letters = letters_of(settings, kafka, tombstones)
        remove_letters(settings, client, kafka, letters)
        done = [Removal("dead_letters", len(letters))]
        return [*done, Removal("log", cut_landed(settings, client, kafka))] if cut_log else done


def _key(settings: "Settings") -> Any:
    from streams.privacy import load_key

    return load_key(settings)


def _people(organization: str, users: list[str], file: Path | None, *, needed: bool) -> "list[Person]":
    from streams.erasure.rows import Person
    from streams.errors import UsageError

    if bool(organization) != bool(users):
        raise UsageError("a user is named by --organization and --user together", cause="user ids mean something within an organization only")
    named = [Person(organization, each) for each in users]
    if file:
        named += _people_in(sys.stdin if str(file) == "-" else _lines(file))
    if needed and not named:
        raise UsageError("nobody is named", command="plumbline erase --organization ORG --user ID --reason WHY")
    return named


def _lines(file: Path) -> Iterable[str]:
    from streams.errors import UsageError

    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read", cause=str(error)) from error


def _people_in(lines: Iterable[str]) -> "list[Person]":
    """The message of a bad line names its number, never what it says."""
    from streams.erasure.rows import Person
    from streams.errors import UsageError

    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            person = Person(row["organization_id"], row["user_id"])
        except (ValueError, KeyError, TypeError):
            person = Person("", "")
        if not all(isinstance(each, str) and each for each in person):
            raise UsageError(f"line {number} names no person", cause=f"a line is {PEOPLE}")
        found.append(person)
    return found


def _list(client: Any, *, as_json: bool) -> None:
    from streams.cli.rows import print_rows
    from streams.clickhouse.sources import sql_text

    print_rows(client.rows(sql_text("erasure/listed")), "json" if as_json else "table")


def _tell(removals: "list[Removal]", *, as_json: bool) -> None:
    for each in removals:
        typer.echo(json.dumps(each._asdict()) if as_json else f"{each.removed:>9}  {each.place}")
    if not removals:
        typer.echo("nothing to do: no removal is under way", err=True)
