"""`plumbline schema export | list`: the contracts as JSON Schema and AsyncAPI."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.schema_export import Fingerprints

FINGERPRINTS = "fingerprints.json"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The contracts as documents for others: JSON Schema and AsyncAPI.", no_args_is_help=True)
    group.command("export")(export)
    group.command("list")(list_contracts)
    app.add_typer(group, name="schema")


def export(
    name: Annotated[str, typer.Argument(help="One document, like usage_event or asyncapi; none: all.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the documents and their fingerprints into this folder instead of standard output.")] = None,
) -> None:
    """Write the JSON Schema of each contract and the AsyncAPI document of the topics, for the settings in force."""
    from streams.schema_export import documents, rendered
    from streams.settings import load_settings

    chosen = {file: document for file, document in documents(load_settings().kafka).items() if not name or file.split(".")[0] == name}
    if not chosen:
        raise typer.BadParameter(f"{name!r} is no document; plumbline schema list names them", param_hint="NAME")
    if out is None:
        typer.echo(rendered(next(iter(chosen.values())) if name else chosen), nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    fingerprints = _fingerprints(out / FINGERPRINTS)  # first: a contract that changed in silence is not written
    for file, document in chosen.items():
        (out / file).write_text(rendered(document), encoding="utf-8")
    (out / FINGERPRINTS).write_text(rendered(fingerprints), encoding="utf-8")
    typer.echo(f"{len(chosen)} documents in {out}", err=True)


def _fingerprints(path: Path) -> "Fingerprints":
    import json

    from streams.errors import ConfigurationError
    from streams.schema_export import published

    try:
        return published(json.loads(path.read_text(encoding="utf-8")) if path.exists() else {})
    except ValueError as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", cause="it is not JSON", command=f"git checkout {path}") from error


def list_contracts(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False) -> None:
    """List the contracts with their versions, files and fingerprints."""
    from streams.cli.rows import print_rows
    from streams.schema_export import entries

    print_rows([entry._asdict() for entry in entries()], "json" if as_json else "table")
