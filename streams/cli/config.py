"""`plumbline config show | path`: what is in force, and where it came from."""

import json
from typing import Annotated

import typer

from streams.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The settings that are in force, and where each came from.", no_args_is_help=True)
    group.command("show")(show)
    group.command("path")(path)
    app.add_typer(group, name="config")


def show(
    key: Annotated[str, typer.Argument(help="Only this setting or section, like kafka or kafka.group_id.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show every setting: value, and origin (default, file or environment). Secrets are masked."""
    from streams.settings import load_settings
    from streams.settings_problems import nearest
    from streams.settings_view import shown

    rows = shown(load_settings())
    wanted = [row for row in rows if not key or row.name == key or row.name.startswith(f"{key}.")]
    if not wanted:
        known = [*dict.fromkeys(row.name.split(".")[0] for row in rows), *(row.name for row in rows)]
        raise typer.BadParameter(f"there is no setting {key!r}{nearest(key, known)}", param_hint="KEY")
    width = max(len(row.name) for row in wanted)
    for row in wanted:
        if as_json:
            typer.echo(json.dumps({"setting": row.name, "value": row.value, "origin": row.origin}, ensure_ascii=False))
        else:
            value = "" if row.value in (None, "") else json.dumps(row.value, ensure_ascii=False)
            typer.echo(f"{row.name:<{width}}  {row.origin:<11}  {value}".rstrip())


def path(as_json: AsJson = False) -> None:
    """Show which settings file is read, and whether it is there."""
    from streams.settings import config_file

    file = config_file().absolute()
    if as_json:
        typer.echo(json.dumps({"path": str(file), "exists": file.is_file()}))
        return
    typer.echo(file)
    if not file.is_file():
        typer.echo("it does not exist; defaults and the environment hold", err=True)
