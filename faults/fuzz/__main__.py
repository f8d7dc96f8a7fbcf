"""`python -m faults.fuzz`: damaged inputs by the million for everything that reads what strangers send.

Each target has an oracle: only documented errors, every input ends as documented, each case in bounded time. One more target is known to be wrong and
must be found. Progress on standard error, a line per target on standard output, the sums as the last line. Counts and findings are kept in
bench/results/fuzz.json: a second run goes on where the first was (`--again` begins anew). While the file named in the environment's SOAK_PAUSE is
there it waits. `--only NAME --case N` runs one case in this process, with its traceback. Exit status 1 if anything was found, or the control was not.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bench.rig import say
from faults.fuzz.campaign import Tally, fuzz, plain
from faults.fuzz.cases import Target, chance_of
from faults.fuzz.targets import TARGETS
from faults.kept import write_result
from streams import logs
from streams.settings import LogSettings

RESULT = Path(__file__).parents[2] / "bench" / "results" / "fuzz.json"
CONTROL_CASES = 10_000  # what they find they find soon
PAUSE, TELL_S = os.environ.get("SOAK_PAUSE", ""), 30


class Kept:
    """The file of results."""

    def __init__(self, file: Path, seed: int) -> None:
        self._file, self._seed = file, seed
        self.tallies: dict[str, Tally] = {}
        if file.exists():
            rows = json.loads(file.read_text())
            self.tallies = {name: Tally(**row) for name, row in rows.items() if row["seed"] == seed}

    def tally(self, name: str, *, again: bool) -> Tally:
        """What is known of a target with this seed."""
        if again or name not in self.tallies:
            self.tallies[name] = Tally(self._seed)
        return self.tallies[name]

    def save(self) -> None:
        write_result(self._file, {name: plain(tally) for name, tally in self.tallies.items()})


def main() -> None:
    arguments = _arguments()
    logs.configure(LogSettings(level="error"), part="fuzz")
    chosen = [target for target in TARGETS if not arguments.only or target.name in arguments.only]
    if arguments.case is not None:
        return _one(chosen[0], arguments.seed, arguments.case)
    kept = Kept(RESULT, arguments.seed)
    for target in chosen:
        tally = kept.tally(target.name, again=arguments.again)
        _run(target, tally, min(arguments.cases, CONTROL_CASES) if target.control else arguments.cases, kept)
        sys.stdout.write(_line(target, tally) + "\n")
        sys.stdout.flush()
    tallies = [(target, kept.tallies[target.name]) for target in chosen]
    found = sum(tally.found for target, tally in tallies if not target.control)
    missed = [target.name for target, tally in tallies if target.control and not tally.found]
    cases = sum(tally.done for _, tally in tallies)
    sys.stdout.write(f"fuzzed={len(chosen)} cases={cases} findings={found} controls_missed={len(missed)} seed={arguments.seed}\n")
    sys.exit(1 if found or missed else 0)


def _run(target: Target, tally: Tally, cases: int, kept: Kept) -> None:
    """To the number of cases, with pauses where somebody wants quiet."""
    say(f"{target.name}: {tally.done} of {cases} cases done")
    told = [time.monotonic()]

    def tick() -> bool:
        if time.monotonic() - told[0] > TELL_S:
            told[0] = time.monotonic()
            say(f"  {target.name}: {tally.done} of {cases}, {tally.found} findings, slowest {tally.slowest_ms:.0f} ms")
            kept.save()
        return not _quiet()

    while tally.done < cases:
        while _quiet():
            time.sleep(1)
        fuzz(target, tally, cases, tick)
        kept.save()
    for finding in tally.findings[:5]:
        say(f"  found: case {finding['case']}: {finding['what']} {finding['where']}")


def _quiet() -> bool:
    return bool(PAUSE) and Path(PAUSE).exists()


def _one(target: Target, seed: int, number: int) -> None:
    with target.open() as case:
        sys.stdout.write(case(chance_of(seed, target.name, number)) + "\n")


def _line(target: Target, tally: Tally) -> str:
    figures: dict[str, Any] = {
        "target": target.name, "cases": tally.done, "findings": tally.found, "per_second": round(tally.done / max(tally.seconds, 0.001)),
        "slowest_ms": round(tally.slowest_ms), "seed": tally.seed, **dict(sorted(tally.ends.items())),
    }  # fmt: skip
    return " ".join(f"{name}={value}" for name, value in figures.items()) + (" (control)" if target.control else "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [target.name for target in TARGETS]
    parser.add_argument("--cases", type=int, default=1_000_000, help="of each target")
    parser.add_argument("--only", action="append", default=[], choices=names, metavar="NAME", help=f"may be repeated: {', '.join(names)}")
    parser.add_argument("--seed", type=int, default=20_240_606)
    parser.add_argument("--again", action="store_true", help="forget what this seed has done")
    parser.add_argument("--case", type=int, metavar="N", help="run this one case here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
