"""How evenly a consumer group works when keys are skewed: `python -m bench.groups`.

A simulation, no broker. Organizations send by Zipf's law, partitions get their keys by hash, workers get equally many partitions whatever is in them
(in turn, as aiokafka shares them out). What is told is the busiest worker's load over the mean: a fleet carries its workers' sum divided by that.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

RESULTS = Path(__file__).parent / "results"
PER_WORKER = (1, 2, 4, 8, 16)  # partitions, with WORKERS[1] workers
WORKERS = (4, 8, 16, 32, 64)  # with PER_WORKER[2] partitions each

Spread = Callable[[np.random.Generator, int], np.ndarray]  # chance, partitions -> share of all events per partition; sums to 1


class Found(NamedTuple):
    """Busiest worker's load over the mean: the median, the 95th percentile, and the median in terms of the same mean once one worker is gone."""

    keys: str
    workers: int
    per_worker: int
    median: float
    p95: float
    one_gone: float


def zipf(organizations: int, skew: float) -> np.ndarray:
    """Share of all events per organization, the largest first: the n-th sends n^-skew times as much as the first."""
    weights = np.arange(1, organizations + 1, dtype=float) ** -skew
    return weights / weights.sum()


def keyed(shares: np.ndarray, buckets: int = 1) -> Spread:
    """The key is the organization, or the organization and one of `buckets` (a hash of the user). Hashed names are uniform draws."""
    split = np.repeat(shares / buckets, buckets)
    return lambda chance, partitions: np.bincount(chance.integers(partitions, size=split.size), weights=split, minlength=partitions)


def keyless(_chance: np.random.Generator, partitions: int) -> np.ndarray:
    """No key: producers go from partition to partition, batch by batch."""
    return np.full(partitions, 1 / partitions)


def loads(partitions: np.ndarray, workers: int) -> np.ndarray:
    """Share of all events per worker: counts of partitions that differ by one at most, whatever is in them."""
    return np.bincount(np.arange(partitions.size) % workers, weights=partitions, minlength=workers)


def simulate(keys: str, spread: Spread, *, workers: int, per_worker: int, draws: int, seed: int) -> Found:
    """`draws` groups of equally many partitions and workers, each with other names of organizations."""
    chance = np.random.default_rng(seed)
    drawn = [spread(chance, workers * per_worker) for _ in range(draws)]
    busiest = [loads(each, workers).max() * workers for each in drawn]
    one_gone = [loads(each, workers - 1).max() * workers for each in drawn]
    figures = (np.median(busiest), np.quantile(busiest, 0.95), np.median(one_gone))
    return Found(keys, workers, per_worker, *(round(float(each), 2) for each in figures))


def cases(organizations: int) -> dict[str, Spread]:
    """What producers may use as key -> how it spreads."""
    return {
        "no key": keyless,
        "organization, skew 0.8": keyed(zipf(organizations, 0.8)),
        "organization, skew 1.0": keyed(zipf(organizations, 1.0)),
        "organization, skew 1.2": keyed(zipf(organizations, 1.2)),
        "organization and 1 of 16, skew 1.0": keyed(zipf(organizations, 1.0), buckets=16),
    }


def all_found(*, organizations: int = 1_000, draws: int = 200, seed: int = 1) -> list[Found]:
    """Every kind of key, by partitions per worker and by workers; the same seed, the same figures."""
    sizes = [(WORKERS[1], per_worker) for per_worker in PER_WORKER] + [(workers, PER_WORKER[2]) for workers in WORKERS]
    return [
        simulate(keys, spread, workers=workers, per_worker=per_worker, draws=draws, seed=seed)
        for workers, per_worker in dict.fromkeys(sizes)
        for keys, spread in cases(organizations).items()
    ]


def tables(found: Sequence[Found]) -> Iterator[str]:
    """Lines of two Markdown tables: median (95th percentile) → median once one worker is gone."""
    yield from _table("Partitions per worker", [_of_size(found, WORKERS[1], count) for count in PER_WORKER])
    yield ""
    yield from _table("Workers", [_of_size(found, count, PER_WORKER[2]) for count in WORKERS])


def _of_size(found: Sequence[Found], workers: int, per_worker: int) -> list[Found]:
    return [each for each in found if (each.workers, each.per_worker) == (workers, per_worker)]


def _table(title: str, rows: Sequence[Sequence[Found]]) -> Iterator[str]:
    """A row per size; in it a cell per kind of key, in the order of the first row."""
    yield f"| {title} | {' | '.join(each.keys for each in rows[0])} |"
    yield f"| --- {'| --- ' * len(rows[0])}|"
    for row in rows:
        size = row[0].per_worker if title.startswith("Partitions") else row[0].workers
        yield f"| {size} | {' | '.join(f'{each.median:.2f} ({each.p95:.2f}) → {each.one_gone:.2f}' for each in row)} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.groups", description=__doc__)
    parser.add_argument("--organizations", type=int, default=1_000, help="that send, by Zipf's law")
    parser.add_argument("--draws", type=int, default=200, help="groups per figure, each with other names")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same figures")
    options = vars(parser.parse_args())
    found = all_found(**options)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "groups.json").write_text(json.dumps({"options": options, "found": [each._asdict() for each in found]}, indent=1) + "\n")
    sys.stdout.write("\n".join(tables(found)) + "\n")


if __name__ == "__main__":
    main()
