"""`plumbline policy check`."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the policy pack; default: the setting policy.pack.", metavar="[DIR]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per problem: path, line, column, message.")] = False,
) -> None:
    """Check a policy pack, its alert rules too: every problem with its file, line and column, and exit status 1 if there is one."""
    from streams.alerts.rules import load_rules
    from streams.cli.policy.output import pack_folder, print_problems
    from streams.errors import EXIT_DIFFERENCE
    from streams.policy import Pack, PackError

    where = pack_folder(folder)
    problems, categories = [], {path.stem for path in where.glob("detectors/*.toml")}
    try:
        pack = Pack.load(where)
    except PackError as error:
        problems += error.problems
    try:
        alerts = load_rules(where, categories)
    except PackError as error:
        problems += error.problems
    if problems:
        print_problems(problems, where, as_json=as_json)
        raise typer.Exit(EXIT_DIFFERENCE)
    rules = sum(len(detector.rules) for detector in pack.detectors.values())
    revisions = ", ".join(revision.id + (" (shadow)" if revision.shadow else "") for revision in (*pack.revisions, *pack.shadows))
    counts = f"{len(pack.detectors)} detectors, {rules} rules, revisions {revisions}, {len(alerts.rules)} alert rules"
    typer.echo(f"pack {pack.hash}: {counts}", err=True)
