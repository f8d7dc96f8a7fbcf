"""`plumbline alerts …`: the evaluator and sender, what they found, and what people do about it."""

import typer

from streams.cli.alerts import deliveries, incidents, rules


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Alert rules, the alerts they raise, and their deliveries.", no_args_is_help=True)
    for part in (rules, incidents, deliveries):
        for name, command in part.COMMANDS.items():
            group.command(name)(command)
    app.add_typer(group, name="alerts")
