"""The command line: one module per group of commands, each adding its own to the app.

Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 a difference or failure was found, 2 wrong usage, 3 wrong
configuration, 4 something is missing on this machine, 5 something is not reachable.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from streams import __version__
from streams.errors import PlumblineError

GROUPS = (
    "up", "worker", "store", "web", "alerts", "cases", "evidence", "lookup", "review", "judge", "tag", "eval", "emit", "query", "verify",
    "dead_letters", "policy", "schema", "topics", "db", "config", "erase", "retention", "backup", "doctor", "reference", "demo", "grafana", "export",
    "report",
)  # fmt: skip

app = typer.Typer(
    name="plumbline",
    help="Audits AI API traffic against a dated usage policy: Kafka in, verdicts and signals in ClickHouse.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"plumbline {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Audits AI API traffic against a dated usage policy."""


for group in (name for name in GROUPS if find_spec(f"streams.cli.{name}")):  # until every group is in
    import_module(f"streams.cli.{group}").register(app)


def main() -> None:
    """Run the command line. Errors say what failed, the probable cause and the next command; a traceback only with PLUMBLINE_DEBUG=1."""
    try:
        app()
    except PlumblineError as error:
        if os.environ.get("PLUMBLINE_DEBUG"):
            raise
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output has gone (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
