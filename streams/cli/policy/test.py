"""`plumbline policy test`."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the policy pack; default: the setting policy.pack.", metavar="[DIR]")] = None,
    unneeded: Annotated[bool, typer.Option("--unneeded", help="Then name each rule, pattern, condition and decision that no case needs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per problem: path, line, column, message.")] = False,
) -> None:
    """Run all cases and time-travel fixtures of a policy pack, those of its alert rules too. Exit status 1 when one does not hold."""
    from streams.alerts.rehearsal import checks_of, failures
    from streams.alerts.rules import load_rules
    from streams.cli.policy.output import pack_folder, print_problems
    from streams.errors import EXIT_DIFFERENCE
    from streams.policy import Auditor, Pack
    from streams.policy.cases import cases_of, run_cases
    from streams.policy.mutation import unneeded as find_unneeded
    from streams.policy.timeline import run_timelines
    from streams.settings import load_settings

    where, policy = pack_folder(folder), load_settings().policy
    pack = Pack.load(where)
    auditor = Auditor(pack, policy)
    problems = run_cases(auditor)
    judged, late = run_timelines(where, auditor, policy)
    alerts = load_rules(where, pack.detectors)
    problems += [*late, *failures(alerts)]
    print_problems(problems, where, as_json=as_json)
    cases = sum(1 for _ in cases_of(pack))
    typer.echo(f"{cases} cases, {judged} dated events and {checks_of(alerts)} checks of alert rules: {len(problems)} do not hold", err=True)
    if unneeded:
        idle = list(find_unneeded(pack, policy))
        print_problems(idle, where, as_json=as_json)
        typer.echo(f"{len(idle)} parts that no case needs: superfluous, or untested", err=True)
    if problems:
        raise typer.Exit(EXIT_DIFFERENCE)
