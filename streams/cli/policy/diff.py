"""`plumbline policy diff`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.history.sides import Side
    from streams.settings import PolicySettings

SIDE = "A revision's id, `live` (the revision in force at each event's time), `shadow` (the same with what is marked so), or the folder of a pack."


def run(
    a: Annotated[str, typer.Argument(help=SIDE)],
    b: Annotated[str, typer.Argument(help="The other side.")],
    since: Annotated[str, typer.Option(help="From when: 24h, 7d or RFC 3339.")] = "90d",
    until: Annotated[str, typer.Option(help="Until when.")] = "now",
    by: Annotated[str, typer.Option(help="Count by organization, country, or both with a comma.")] = "",
    pack: Annotated[Path | None, typer.Option(help="Folder of the policy pack; default: the setting policy.pack.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per row.")] = False,
) -> None:
    """Say what B would change against A over stored history, without any text: newly flagged, cleared, other outcome, other severity."""
    from streams import moments
    from streams.cli.clickhouse import connected
    from streams.cli.rows import print_rows
    from streams.history.diff import diff, summed

    dimensions = _dimensions(by)
    settings, client = connected("policy")
    sides = [_side(name, pack, settings.policy) for name in (a, b)]
    with client:
        found = diff(client, *sides, moments.option("--since", since), moments.option("--until", until))
    rows = [change._asdict() for change in summed(found.changes, dimensions)]
    kept = [{name: value for name, value in row.items() if name not in {"organization_id", "country"} or name in dimensions} for row in rows]
    print_rows(kept, "json" if as_json else "table")
    typer.echo(f"{found.events} events compared, {found.changed} would change", err=True)


def _dimensions(by: str) -> list[str]:
    from streams.errors import UsageError

    names = {"organization": "organization_id", "country": "country"}
    unknown = [name for name in by.split(",") if name and name not in names]
    if unknown:
        raise UsageError(f"--by knows no {unknown[0]!r}", cause="organization or country")
    return [names[name] for name in by.split(",") if name]


def _side(name: str, folder: Path | None, policy: "PolicySettings") -> "Side":
    from streams.cli.policy.output import pack_folder
    from streams.history.sides import Side
    from streams.policy import Pack

    if Path(name).is_dir():
        return Side(name, Pack.load(Path(name)), policy)
    loaded = Pack.load(pack_folder(folder))
    if name in {"live", "shadow"}:
        return Side(name, loaded, policy, shadow=name == "shadow")
    loaded.revision(name)
    return Side(name, loaded, policy, revision=name)
