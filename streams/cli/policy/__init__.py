"""`plumbline policy …`: check, test, explain and measure a policy pack; compare revisions over history, and decide history again."""

from importlib import import_module

import typer

COMMANDS = ("check", "test", "explain", "cost", "diff", "retag")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Check, test, explain and compare policy packs; decide history again.", no_args_is_help=True)
    for name in COMMANDS:
        module = import_module(f"streams.cli.policy.{name}")
        group.command(name)(module.run)
    app.add_typer(group, name="policy")
