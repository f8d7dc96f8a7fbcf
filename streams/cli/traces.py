"""What `plumbline erase --verify` says."""

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from streams.clickhouse.client import ClickHouse
    from streams.erasure.rows import Person
    from streams.erasure.sought import Sought
    from streams.settings import Settings


def tell_traces(settings: "Settings", client: "ClickHouse", people: "list[Person]", texts: list[str], *, as_json: bool) -> None:
    """Search, and name each place where something was found; exit status 1 if there is one."""
    from streams.cli.progress import progress
    from streams.clickhouse.client import ClickHouse
    from streams.erasure.searching import search
    from streams.errors import EXIT_DIFFERENCE, UsageError

    sought = _sought(settings, client, people, texts)
    if not sought:
        raise UsageError("nobody is named and nobody was removed", command="plumbline erase --verify --organization ORG --user ID")
    patient = client.settings.model_copy(update={"query_timeout_s": LONGEST_S})
    with ClickHouse.connect(patient) as asking, progress("searching", None) as advance:
        done = search(asking, settings.data_dir, sought, advance)
    for each in done.traces:
        typer.echo(json.dumps(each._asdict()) if as_json else f"{each.found:>9}  {each.what:<8}  {each.place}")
    looked = f"{done.rows} rows of {done.tables} tables, {done.files} files of {done.bytes / 1e6:.1f} MB, {done.batches} compressed batches"
    typer.echo(f"{'found in ' + str(len(done.traces)) + ' places' if done.traces else 'nothing found'}: looked through {looked}", err=True)
    if done.traces:
        raise typer.Exit(EXIT_DIFFERENCE)


LONGEST_S = 3_600  # for one table


def _sought(settings: "Settings", client: "ClickHouse", people: "list[Person]", texts: list[str]) -> "Sought":
    """The people named, by id and keyed hash; where nobody is and no text, all who were removed, by the hashes of their tombstones."""
    from streams.clickhouse import erasures
    from streams.erasure.sought import Sought
    from streams.privacy import load_key

    if people or texts:
        key = load_key(settings)
        return Sought(sorted({each.user_id for each in people}), sorted({key.of_id(*each) for each in people}), texts)
    return Sought((), sorted({each.user_hash for each in erasures.every(client)}), ())
