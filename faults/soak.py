"""The soak: a broker, a store and two workers under a steady load for hours, with faults mixed in by a seed.

Progress on standard error, one line as the result on standard output, all figures in bench/results/soak.json. Counted are events lost and extra,
drift (`plumbline verify`), the growth of the workers' and the store's memory after a warm-up of an eighth of the time, and how long the lag takes
after each fault to come back under 10 s. Exit status 1 if anything is wrong. It ends by itself; while the file named in the environment's SOAK_PAUSE
is there it sends nothing and puts nothing in (the time runs on).

The default rate is about half of what one worker lands on the machine of docs/faults.md. Controls: `--workers faults.early_worker` loses events,
`--workers faults.leaky_worker` grows.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

import psutil

from bench.machine import machine
from bench.rig import say, system, usage, wait_for
from faults.kept import write_result
from faults.load import Load
from faults.mishaps import Parts
from faults.slope import Sample, Slope, slope
from streams import logs
from streams.errors import Retry
from streams.kafka.admin import lag
from streams.settings import LogSettings

RESULT = Path(__file__).parents[1] / "bench" / "results" / "soak.json"
PARTITIONS, TOPIC = 4, "usage.events"
LAG_S, BACK_S, SLOPE_MIB = 10, 120, 1.0  # what is admitted
SAMPLE_S, GIVE_UP_S = 10, 600
T = TypeVar("T")
PAUSE = os.environ.get("SOAK_PAUSE", "")


class Mishap(NamedTuple):
    """One fault. `back_s`: from its beginning until the lag was under 10 s; None: not within ten minutes."""

    at_s: float
    kind: str
    what: str
    worst_lag_s: float
    back_s: float | None


class Soak:
    """One run on a running system."""

    def __init__(self, parts: Parts, load: Load, *, seconds: float, every_s: float, seed: int) -> None:
        self._parts, self._load, self._seconds, self._every_s, self._chance = parts, load, seconds, every_s, Random(seed)
        self._began = time.monotonic()
        self._sampled_at = 0.0
        self.mishaps: list[Mishap] = []
        self.paused_s = 0.0
        self.lives: dict[str, dict[int, list[Sample]]] = defaultdict(lambda: defaultdict(list))  # part -> process -> samples

    @property
    def _passed(self) -> float:
        return time.monotonic() - self._began

    def run(self) -> None:
        """Wait, put a fault in, wait until the lag is back; until the time is over."""
        while self._passed < self._seconds:
            until = min(self._seconds, self._passed + self._chance.uniform(0.5, 1.5) * self._every_s)
            while self._passed < until:
                self._hold()
                self._sample()
                time.sleep(1)
            if until < self._seconds:
                self._mishap()

    def _hold(self) -> None:
        """Wait as long as somebody wants quiet."""
        if not (PAUSE and Path(PAUSE).exists()):
            return
        say(f"paused: {PAUSE} exists")
        began = time.monotonic()
        self._load.held.set()
        while Path(PAUSE).exists() and self._passed < self._seconds:
            time.sleep(1)
        self._load.held.clear()
        self.paused_s += time.monotonic() - began

    def _sample(self) -> None:
        if time.monotonic() - self._sampled_at < SAMPLE_S:
            return
        self._sampled_at = time.monotonic()
        for part, pid in self._parts.pids.items():
            with suppress(psutil.NoSuchProcess):  # a process of the pool was replaced just now
                self.lives[part][pid].append(Sample(round(self._passed, 1), round(usage(pid).anonymous_mb(), 2)))

    def _mishap(self) -> None:
        kinds = self._parts.kinds(second_half=self._passed > self._seconds / 2)
        kind, at = self._chance.choice(sorted(kinds)), self._passed
        what = kinds[kind]()
        worst = now = self.lag_s()
        while now >= LAG_S and self._passed - at < GIVE_UP_S:
            time.sleep(1)
            self._sample()
            now = self.lag_s()
            worst = max(worst, now)
        mishap = Mishap(round(at), kind, what, round(worst, 1), round(self._passed - at, 1) if now < LAG_S else None)
        self.mishaps.append(mishap)
        say(f"{at:.0f} s of {self._seconds:.0f}: {what}; lag {mishap.worst_lag_s} s, back under {LAG_S} s after {mishap.back_s} s; {self._told()}")

    def _told(self) -> str:
        memory = ", ".join(f"{part} {list(lives.values())[-1][-1].mib:.0f}" for part, lives in self.lives.items())
        return f"{self._load.sent} events sent; MiB: {memory}"

    def lag_s(self) -> float:
        return self._load.age_s(patient(lambda: lag(self._parts.running.broker.kafka, [TOPIC])), time.time())


def patient(ask: Callable[[], T]) -> T:
    """The answer, asked again while the broker is too busy to give one.

    Raises:
        Retry: it has given none for ten minutes.
    """
    deadline = time.monotonic() + GIVE_UP_S
    while True:
        try:
            return ask()
        except Retry:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def counts(running: Any, load: Load) -> dict[str, int]:
    """What landed against what was sent, and what `verify` finds."""
    rows, distinct = running.count("SELECT count() FROM events FINAL"), running.count("SELECT uniqExact(event_key) FROM events")
    signals = [running.count(f"SELECT sum(events) FROM audit_signals_{grain}") for grain in ("minute", "hour", "day")]
    done = running.run("verify", "--json", timeout_s=1_800)
    checks = [json.loads(line) for line in done.stdout.splitlines()]
    assert checks, done.stderr[-2_000:]
    return {
        "lost": max(0, load.sent - distinct) + sum(max(0, load.tags - found) for found in signals),
        "extra": max(0, rows - load.sent) + sum(max(0, found - load.tags) for found in signals),
        "drift": sum(check["state"] == "difference" for check in checks),
    }


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The whole run; what there is to tell of it."""
    seconds, began = arguments.hours * 3_600, time.monotonic()
    with system(folder, partitions=PARTITIONS, pack=None) as running:
        load = Load(running.broker.kafka.bootstrap_servers, TOPIC, PARTITIONS, rate=arguments.rate, seed=arguments.seed)
        parts = Parts(running, arguments.seed + 1, module=arguments.workers)
        soak = Soak(parts, load, seconds=seconds, every_s=arguments.every, seed=arguments.seed + 2)
        load.start()
        soak.run()
        load.finish()
        say(f"all is sent: {load.sent} events in {load.deliveries} deliveries, {load.tags} tags; waiting until they have landed")
        with suppress(AssertionError):  # what has not landed by then counts as lost
            wait_for(lambda: patient(running.waiting) == 0, GIVE_UP_S, "all is landed and committed")
        for worker in running.commands:
            if worker.process.poll() is None:
                worker.stop()
        lives = {part: list(each.values()) for part, each in soak.lives.items()}
        return {
            "machine": machine(), "seed": arguments.seed, "hours": round((time.monotonic() - began) / 3_600, 3), "paused_s": round(soak.paused_s),
            "rate": arguments.rate, "events": load.sent, "deliveries": load.deliveries, "tags": load.tags, **counts(running, load),
            "slopes": {part: slope(each, seconds / 8)._asdict() for part, each in lives.items()},
            "mishaps": [each._asdict() for each in soak.mishaps], "lives": lives,
        }  # fmt: skip


def wrong(result: dict[str, Any]) -> list[str]:
    """What is not as it must be."""
    slopes = {part: Slope(**each) for part, each in result["slopes"].items()}
    late = [each for each in result["mishaps"] if each["back_s"] is None or each["back_s"] > BACK_S]
    found = [f"{name}={result[name]}" for name in ("lost", "extra", "drift") if result[name]]
    found += [f"{part} grows by {_slope(each)} MiB per hour" for part, each in slopes.items() if _grows(each)]
    return found + [f"lag not back within {BACK_S} s after: {each['what']}" for each in late]


def line(result: dict[str, Any]) -> str:
    """The result in one line. A slope that could not be taken is `-`."""
    slopes = " ".join(f"{part.replace(' ', '_')}_mib_per_hour={_slope(Slope(**each))}" for part, each in result["slopes"].items())
    back = [each["back_s"] or float("inf") for each in result["mishaps"]]
    figures = {
        "hours": result["hours"], "rate": result["rate"], "events": result["events"], "faults": len(back), "lost": result["lost"],
        "extra": result["extra"], "drift": result["drift"], "slowest_back_s": max(back, default=0), "seed": result["seed"],
    }  # fmt: skip
    return " ".join([*(f"{name}={value}" for name, value in figures.items()), slopes])


def _grows(slope: Slope) -> bool:
    """More than is admitted, and more than chance: twice the standard error."""
    return slope.mib_per_hour is not None and slope.mib_per_hour > max(SLOPE_MIB, 2 * slope.error)


def _slope(slope: Slope) -> str:
    return "-" if slope.mib_per_hour is None else f"{slope.mib_per_hour:.2f}±{slope.error:.2f}"


def main() -> None:
    arguments = _arguments()
    logs.configure(LogSettings(level="error"), part="soak")
    say(f"soak: {arguments.hours} h at {arguments.rate} events per second, a fault about every {arguments.every:.0f} s, seed {arguments.seed}")
    if arguments.folder:
        result = measure(arguments, arguments.folder)
    else:
        with tempfile.TemporaryDirectory(prefix="plumbline-soak-") as folder:
            result = measure(arguments, Path(folder))
    write_result(RESULT, result)
    for each in wrong(result):
        say(f"wrong: {each}")
    sys.stdout.write(line(result) + "\n")
    sys.exit(1 if wrong(result) else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--rate", type=int, default=6_000, help="events per second")
    parser.add_argument("--every", type=float, default=150.0, help="seconds between two faults, on average")
    parser.add_argument("--seed", type=int, default=20_240_606)
    parser.add_argument("--workers", default="", metavar="MODULE", help="a known-wrong variant of the workers")
    parser.add_argument("--folder", type=Path, help="keep the data and the logs here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
