"""`plumbline grafana`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.grafana.publication import Outcome
    from streams.grafana.resources import Reading, Resource
    from streams.grafana.server import Grafana
    from streams.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Dashboards and alert rules in Grafana.", no_args_is_help=True)
    for command in (push, diff, remove, files):
        group.command()(command)
    app.add_typer(group, name="grafana")


def push(
    renew: Annotated[bool, typer.Option("--renew", help="Write also what does not differ: after a change of the password.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring data source, folder, dashboards, contact point and alert rules to what this version describes. Doing it twice changes nothing."""
    from streams.grafana.publication import push as bring

    grafana, wanted = _opened()
    for outcome in bring(grafana, wanted, renew=renew):
        _show(outcome, as_json)


def diff(as_json: AsJson = False) -> None:
    """Say where Grafana is not as push would leave it. Exit status 1 if anything differs."""
    from streams.errors import EXIT_DIFFERENCE
    from streams.grafana.publication import differences

    found = list(differences(*_opened()))
    for each in found:
        typer.echo(json.dumps(each._asdict()) if as_json else f"{each.kind:<14} {each.name}: {each.where}")
    if found:
        raise typer.Exit(EXIT_DIFFERENCE)
    typer.echo("nothing differs", err=True)


def remove(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take away what push wrote, and nothing else. A folder that holds other things stays."""
    from streams.grafana.publication import Outcome, with_contact
    from streams.grafana.publication import remove as take_away

    grafana, wanted = _opened(reads=False)
    wanted = with_contact(wanted)
    if yes:
        for outcome in take_away(grafana, wanted):
            _show(outcome, as_json)
        return
    for each in (each for each in reversed(wanted) if each.there(grafana) is not None):
        _show(Outcome(each.kind, each.name, "would go"), as_json)
    typer.echo("nothing was removed: repeat with --yes", err=True)


def files(write: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("grafana")) -> None:
    """Write provisioning files and dashboards, as docker-compose.yml mounts them."""
    from streams.grafana.files import files as texts

    for name, text in texts().items():
        path = write / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        typer.echo(str(path))


def _opened(*, reads: bool = True) -> "tuple[Grafana, list[Resource]]":
    """Grafana and what is wanted in it; `reads`: the data source's address counts."""
    from streams import __version__, logs
    from streams.grafana.resources import Reading, resources
    from streams.grafana.server import Grafana
    from streams.settings import load_settings

    settings = load_settings()
    logs.configure(settings.log, part="grafana")
    grafana = Grafana.connect(settings.grafana)
    reading = _reading(settings) if reads else Reading("", "", "", "")
    return grafana, resources(reading, settings.grafana.contact.get_secret_value(), f"plumbline {__version__}")


def _reading(settings: "Settings") -> "Reading":
    """As whom Grafana reads: the user that the settings name, else the store's reader for dashboards, else (on a server) the one that we are."""
    from streams.grafana.resources import Reading
    from streams.store.endpoint import clickhouse_settings, reader_token

    grafana, clickhouse = settings.grafana, clickhouse_settings(settings)
    user, secret = grafana.clickhouse_username, grafana.clickhouse_password.get_secret_value()
    if not user and not settings.clickhouse.url:
        user, secret = "dashboards", reader_token(settings, "dashboards")
    elif not user:
        user, secret = clickhouse.username, clickhouse.password.get_secret_value()
    return Reading(grafana.clickhouse_url or clickhouse.url, clickhouse.database, user, secret)


def _show(outcome: "Outcome", as_json: bool) -> None:
    line = f"{outcome.state:<10} {outcome.kind} {outcome.name}" + (f": {outcome.why}" if outcome.why else "")
    typer.echo(json.dumps(outcome._asdict()) if as_json else line)
