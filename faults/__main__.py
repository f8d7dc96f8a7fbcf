"""`make faults`: the campaign. Progress on standard error, one line per fault on standard output, the sums as the last line.

Exit status 1 if anything was lost, extra or drifting, or if a control was not caught.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.rig import say
from faults import alerts, workers
from faults.identity import identity
from faults.outcome import Control, Outcome
from faults.sweep import sweep
from streams import logs
from streams.settings import LogSettings

REPORT = Path(__file__).parents[1] / "bench" / "results" / "faults.json"
Found = Outcome | Control


def campaign(*, short: bool, seed: int) -> dict[str, Callable[[], Iterator[Found]]]:
    """Fault -> what runs it. The short form takes a few minutes, the long one about an hour and a half."""
    count = 40_000 if short else 1_000_000
    kills, store_kills, away = (5, 3, 5) if short else (50, 20, 60)
    return {
        "worker_kills": lambda: iter(workers.worker_kills(count, kills, seed, say)),
        "early_acknowledgement": lambda: iter([workers.early_acknowledgement(40_000, 5, seed + 1, say)]),
        "store_kills": lambda: iter([workers.store_kills(count, store_kills, seed + 2, say)]),
        "rebalances": lambda: iter([workers.rebalances(count, 20 if short else 300, seed + 3, say)]),
        "store_away": lambda: iter([workers.store_away(count, away, seed + 4, say)]),
        "alert_kills": lambda: alert_kills(20 if short else 1_000, seed + 5),
        "system_calls": lambda: system_calls(each=8 if short else 1),
        "identity": lambda: identity(5_000 if short else 100_000, seed + 6, say),
    }


def alert_kills(kills: int, seed: int) -> Iterator[Found]:
    """Kills of the evaluator and sender, and its controls."""
    with alerts.own_ground() as ground:
        yield alerts.alert_kills(ground, kills, seed, say)
    with alerts.own_ground() as ground:
        yield from alerts.controls(ground, seed + 1, say)


def system_calls(*, each: int) -> Iterator[Found]:
    """The sweep of our tables, and of the control with insert tokens."""
    points = sweep("keys", each=each, say=say)
    wrong = [f"{point.call} {point.k}: {point.found}" for point in points if not point.right]
    yield Outcome("system_calls", len(wrong), 0, 0, f"{len(points)} kill points{'; ' + '; '.join(wrong) if wrong else ''}")
    points = sweep("tokens", each=1 if each == 1 else 2, say=say)
    wrong = [f"{point.call} {point.k}" for point in points if not point.right]
    yield Control("insert_tokens", bool(wrong), f"{len(wrong)} of {len(points)} kill points lose or repeat a batch: {', '.join(wrong)}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few minutes instead of an hour and a half")
    parser.add_argument("--only", action="append", default=[], help="run this fault; may be repeated")
    parser.add_argument("--seed", type=int, default=20_240_606)
    arguments = parser.parse_args()
    logs.configure(LogSettings(level="warning"), part="faults")
    found: list[Found] = []
    for name, run in campaign(short=arguments.short, seed=arguments.seed).items():
        if arguments.only and name not in arguments.only:
            continue
        say(name)
        for one in run():
            found.append(one)
            sys.stdout.write(json.dumps(one._asdict()) + "\n")
            sys.stdout.flush()
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps({"seed": arguments.seed, "short": arguments.short, "found": [one._asdict() for one in found]}, indent=1) + "\n")
    sys.exit(report(found))


def report(found: list[Found]) -> int:
    """The last line, and the exit status."""
    outcomes, controls = [one for one in found if isinstance(one, Outcome)], [one for one in found if isinstance(one, Control)]
    sums = {name: sum(getattr(one, name) for one in outcomes) for name in ("lost", "extra", "drift")}
    caught = sum(one.caught for one in controls)
    parts = [f"faults={len(outcomes)}", *(f"{name}={value}" for name, value in sums.items()), f"controls_caught={caught}/{len(controls)}"]
    sys.stdout.write(" ".join(parts) + "\n")
    return int(any(sums.values()) or caught < len(controls))


if __name__ == "__main__":
    main()
