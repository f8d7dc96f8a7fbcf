"""`make faults`: the campaign. Progress on standard error, one line per result on standard output, the sums as the last line.

Results are kept per fault: a second run does what has no result yet and reports all. docs/faults.md is written from them when there are all.
Exit status 1 if anything was lost, extra or drifting, if a control was not caught, or if a fault could not be put in.
"""

import argparse
import json
import sys
import time
import traceback
from pathlib import Path

from bench.rig import say
from faults.campaign import Fault, Form, campaign
from faults.kept import Kept, Results, page, right, sums
from faults.outcome import Found
from streams import logs
from streams.settings import LogSettings

ROOT = Path(__file__).parents[1]
RESULTS, PAGE = ROOT / "bench" / "results" / "faults.json", ROOT / "docs" / "faults.md"


def main() -> None:
    faults = campaign()
    arguments = _arguments([fault.name for fault in faults])
    logs.configure(LogSettings(level="error"), part="faults")
    form, results, broken = Form(arguments.short, arguments.seed, arguments.events), Results(RESULTS), []
    chosen = [fault for fault in faults if not arguments.only or fault.name in arguments.only]
    for number, fault in enumerate(chosen, 1):
        if results.done(fault.name, form.name) and not arguments.again:
            say(f"{number} of {len(chosen)}: {fault.name} has a result of {results.kept[fault.name].at} (--again runs it anew)")
            continue
        say(f"{number} of {len(chosen)}: {fault.name}")
        if not _run(fault, form, results):
            broken.append(fault.name)
    if missing := [fault.name for fault in faults if fault.name not in results.kept]:
        say(f"docs/faults.md is written when every fault has a result; without one: {', '.join(missing)}")
    else:
        PAGE.write_text(page(results.kept, {fault.name: fault.what for fault in faults}))
    found = [one for fault in chosen if fault.name in results.kept and fault.name not in broken for one in results.kept[fault.name].found]
    if broken:
        say(f"could not be put in: {', '.join(broken)}")
    sys.stdout.write(sums(found) + "\n")
    sys.exit(0 if right(found) and not broken else 1)


def _run(fault: Fault, form: Form, results: Results) -> bool:
    """Put one fault in, tell and keep what was found. False if that failed."""
    began, found = time.monotonic(), list[Found]()
    try:
        for one in fault.run(form):
            found.append(one)
            sys.stdout.write(json.dumps(one._asdict()) + "\n")
            sys.stdout.flush()
    except Exception:  # noqa: BLE001  the border of one fault: the others still run
        say(f"  {fault.name} could not be put in\n{traceback.format_exc()}")
        return False
    results.keep(fault.name, Kept.now(form.name, form.seed, time.monotonic() - began, found))
    return True


def _arguments(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="minutes instead of hours")
    parser.add_argument(
        "--only", action="append", default=[], choices=names, metavar="NAME", help=f"run this fault; may be repeated: {', '.join(names)}"
    )
    parser.add_argument("--again", action="store_true", help="also those that have a result already")
    parser.add_argument("--events", type=int, default=0, help="of the fault erasure, instead of the form's number")
    parser.add_argument("--seed", type=int, default=20_240_606)
    return parser.parse_args()


if __name__ == "__main__":
    main()
