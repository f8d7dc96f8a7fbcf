"""`plumbline alerts run | rules | check`."""

from typing import TYPE_CHECKING

import typer

from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.alerts.rules import AlertRules
    from streams.settings import Settings


def run() -> None:
    """Evaluate the alert rules whenever something lands, and deliver what they raise, until told to stop."""
    import asyncio

    from streams.alerts.service import AlertService
    from streams.cli.clickhouse import connected

    settings, client = connected("alerts")
    with client:
        asyncio.run(AlertService(settings, client, rules_of(settings)).run())


def rules(as_json: AsJson = False) -> None:
    """List the alert rules of the policy pack."""
    from streams.cli.rows import print_rows
    from streams.settings import load_settings

    rows = [
        {"rule": rule.id, "version": rule.version, "kind": rule.when.kind, "severity": rule.severity.value, "owner": rule.owner}
        | {"routes": list(rule.routes), "cases": len(rule.cases), "title": rule.title}
        for rule in rules_of(load_settings()).rules.values()
    ]
    print_rows(rows, "json" if as_json else "table")


def check(as_json: AsJson = False) -> None:
    """Check the alert rules and play their cases with a clock. Exit status 1 when a case does not hold."""
    from streams.alerts.rehearsal import checks_of, failures
    from streams.cli.policy.output import pack_folder, print_problems
    from streams.errors import EXIT_DIFFERENCE
    from streams.settings import load_settings

    checked = rules_of(load_settings())
    problems = list(failures(checked))
    print_problems(problems, pack_folder(None), as_json=as_json)
    typer.echo(f"{len(checked.rules)} rules, {checks_of(checked)} checks of their cases: {len(problems)} do not hold", err=True)
    if problems:
        raise typer.Exit(EXIT_DIFFERENCE)


def rules_of(settings: "Settings") -> "AlertRules":
    """The checked alert rules of the pack in use."""
    from streams.alerts.rules import load_rules
    from streams.policy.pack import Pack

    return load_rules(settings.policy.pack, Pack.load(settings.policy.pack).detectors)


COMMANDS = {"run": run, "rules": rules, "check": check}
