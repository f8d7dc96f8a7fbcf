"""`plumbline policy cost`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

MOST_EVENTS = 100_000


def run(
    file: Annotated[str, typer.Argument(help="JSON lines of usage events, as for `plumbline tag`. -: standard input.")],
    pack: Annotated[Path | None, typer.Option(help="Folder of the policy pack; default: the setting policy.pack.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per rule.")] = False,
) -> None:
    """Measure what each rule and each step of detection costs on real events: CPU microseconds per event, and how often it got how far.

    Steps that are made for all rules are in brackets; the statistical model weighs all of its rules at once, so its time is that of its steps.
    """
    from streams.cli.policy.output import pack_folder
    from streams.cli.rows import print_rows
    from streams.cli.tag import batches, opened
    from streams.offline import BadLine, OfflineAuditor
    from streams.policy import Auditor, Pack
    from streams.policy.cost import Costs
    from streams.policy.detect import Detector
    from streams.settings import load_settings

    policy = load_settings().policy
    loaded = Pack.load(pack_folder(pack))
    auditor, contents, number = OfflineAuditor(Auditor(loaded, policy)), [], 1
    with opened(file) as source:
        for lines in batches(source):
            contents += [tuple(answer.event.content()) for answer in auditor.judge(lines, first=number) if not isinstance(answer, BadLine)]
            number += len(lines)
            if len(contents) >= MOST_EVENTS:
                break
    rows, total = Costs(loaded, Detector(loaded)).of(contents)
    print_rows([row._asdict() for row in rows], "json" if as_json else "table")
    parts = sum(row.us_per_event for row in rows)
    sys.stderr.write(f"{len(contents)} events, {total:.1f} µs of detection each; the parts, measured one by one, {parts:.1f} µs\n")
