"""Workers of two versions in one group, as during every rolling upgrade: an older schema and policy pack beside newer ones."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.rig import wait_for
from faults.inputs import event, settle
from faults.lanes import Lane, Trial, lane
from faults.outcome import Control, Found, Outcome, differences
from faults.traffic import PLAIN, TAGGED
from streams.policy.pack import read_files

OLDER, STUBBORN = "faults.older_worker", "faults.stubborn_worker"
TINY = Path(__file__).parents[1] / "tests" / "packs" / "tiny"
RULE, NEW_RULE = 'any = ["track my (ex | neighbour) <4> (phone | car)"]', 'any = ["miles to kilometres"]'


def mixed_versions(trial: Trial) -> Iterator[Found]:
    """A worker of an older schema and pack and one of newer ones share the partitions; events are from before and after the newer pack is in force.
    Its control: an older worker that goes on deciding by its own pack."""
    with lane(trial.system, "mixed", partitions=2) as here, lane(trial.system, "mixed_wrong", partitions=2) as wrong:
        wanted, found = _together(here, trial, OLDER)
        by_older, by_newer = (here.count(f"SELECT sum(records) FROM ledger FINAL WHERE topic_id {sign} ''") for sign in ("=", "!="))
        assert by_older and by_newer, "one of them landed nothing"
        landed = here.count("SELECT uniqExact(event_key) FROM events")
        rows = here.count("SELECT count() FROM events FINAL")
        lost, extra = max(0, trial.count - landed) + len(wanted - found), max(0, rows - trial.count) + len(found - wanted)
        detail = f"{trial.count} events, {by_older} landed by the older worker and {by_newer} by the newer; {len(wanted)} tags by two packs"
        yield Outcome("mixed_versions", lost, extra, len(differences(here)), detail)
        wanted, found = _together(wrong, trial, STUBBORN)
        yield Control("mixed_versions: a worker that decides by its own pack", found != wanted, f"{len(wanted ^ found)} of {len(wanted)} tags wrong")


def _together(one: Lane, trial: Trial, older: str) -> tuple[set[str], set[str]]:
    """Have both land the trial's events. Returns which events are to be tagged, and which are."""
    one.worker(module=older).wait_ready()
    newer = one.worker(PLUMBLINE_POLICY__PACK=str(_newer_pack(trial.system.data_dir / "newer"))).wait_ready()
    wait_for(lambda: not newer.readiness()["problems"], 60, "the newer worker has a partition")
    starts = one.rows("SELECT max(valid_from) AS starts FROM audit_runs WHERE kind = 'live'")[0]["starts"]
    time.sleep(max(0.0, (starts - datetime.now(UTC)).total_seconds()) + 1)
    values, wanted = [], set()
    for number in range(trial.count):
        new, tagged = number % 2 == 1, number // 2 % 50 == 0
        at = starts + timedelta(milliseconds=number) if new else starts - timedelta(days=1, milliseconds=number)
        text = TAGGED if tagged else PLAIN
        values.append(event(f"e{number}", text, at=at))
        if text == (PLAIN if new else TAGGED):  # what the pack of its time tags
            wanted.add(f"e{number}")
    trial.system.send(iter(values), one.topic)  # by key: both partitions have some
    settle(one)
    return wanted, {row["event_id"] for row in one.rows("SELECT DISTINCT event_id FROM audit_verdicts WHERE category = 'tracking'")}


def _newer_pack(folder: Path) -> Path:
    """The tiny pack with another rule."""
    for path, text in read_files(TINY).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text.replace(RULE, NEW_RULE))
    return folder
