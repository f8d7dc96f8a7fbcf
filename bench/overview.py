"""How long the overview's questions take with 90 days of a hundred million events behind them: `python -m bench.overview`.

A hundred million events at a rate of 1 % are a million verdicts. ClickHouse makes them itself, and signals follow by the views that follow from real
ones. Volumes are made by hour, organization and model, as the worker computes them.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.rig import System
from streams.clickhouse.client import ClickHouse
from streams.settings import Settings
from streams.store.endpoint import clickhouse_settings
from streams.web.access import Reader, Role
from streams.web.facts import Facts
from streams.web.pages.overview import overview
from streams.web.pages.visit import Visit
from streams.web.questions import Questions
from streams.web.window import Window

RESULTS = Path(__file__).parent / "results"
DAYS, TAGGED_SHARE, ORGANIZATIONS, TARGET_MS = 90, 0.01, 1_000, 100
RUN = """
INSERT INTO runs (run_id, kind, pack_hash, valid_from, valid_to, opened_at, completed_at)
SELECT 'live-bench', 'live', 'bench', toDateTime64(0, 3, 'UTC'), toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), now64(3, 'UTC'), now64(3, 'UTC')
"""
VERDICTS = """
INSERT INTO verdicts (run_id, organization_id, event_id, occurred_at, content_hash, event_key, category, outcome, severity, score, revision, clause,
                      rule, rule_version, field, start, end, user_hash, model, country, landed_at)
SELECT {run:String}, concat('org-', toString(toUInt32(pow(randCanonical(1), 2) * {organizations:UInt32}))), toString(number),
       now64(3, 'UTC') - toIntervalSecond(toUInt32(randCanonical(2) * 86400 * {days:UInt32})) AS at, 1, number,
       concat('category_', toString(number % 13)), ['violation', 'violation', 'unmet_requirement', 'excused'][number % 4 + 1],
       ['low', 'medium', 'high', 'critical'][number % 7 % 4 + 1], 0.9, '2025-09-15', 'clause', concat('rule_', toString(number % 40)), 1, 'text', 0,
       40, number % 100000, concat('model-', toString(number % 6)), ['US', 'DE', 'FR', 'IN', 'BR', 'JP'][number % 6 + 1], at
FROM numbers({from:UInt64}, {count:UInt64})
"""
VOLUMES = """
INSERT INTO volumes_hour (bucket, organization_id, model, country, declared_use_case, source, events, input_tokens, output_tokens, computed_at)
SELECT toStartOfHour(now('UTC')) - toIntervalHour(hour), concat('org-', toString(organization)), concat('model-', toString(organization % 6)), 'US',
       'general', 'plumbline', {per_row:UInt64}, 500, 800, toStartOfHour(now64(3, 'UTC'))
FROM (SELECT number AS hour FROM numbers({hours:UInt32})) AS h CROSS JOIN (SELECT number AS organization FROM numbers({organizations:UInt32})) AS o
"""
LEDGER = """
INSERT INTO ledger (topic, partition, first_offset, last_offset, records, inputs, landed, worker, landed_at)
SELECT 'usage.events', number % 6, number * 20000, number * 20000 + 19999, 20000, 20000, 20000, 'bench',
       now64(3, 'UTC') - toIntervalSecond(number * {every_s:UInt32})
FROM numbers({count:UInt64})
"""
PIECE = 100_000


def fill(client: ClickHouse, events: int, *, run: str = "") -> None:
    """Ninety days that `events` events would have left behind. `run`: the one that decided them; without, one is made."""
    if not run:
        client.command(RUN)
    tagged, hours = int(events * TAGGED_SHARE), DAYS * 24
    for start in range(0, tagged, PIECE):
        count = min(PIECE, tagged - start)
        client.command(VERDICTS, {"run": run or "live-bench", "organizations": ORGANIZATIONS, "days": DAYS, "from": start, "count": count})
    client.command(VOLUMES, {"hours": hours, "organizations": ORGANIZATIONS, "per_row": events // hours // ORGANIZATIONS})
    client.command(LEDGER, {"count": events // 20_000, "every_s": max(1, DAYS * 86_400 // (events // 20_000))})


async def measure(settings: Settings, since: str, times: int) -> dict[str, Any]:
    """Milliseconds of the overview's questions, all together as the page asks them and each alone; nothing is kept from one time to the next."""
    questions = Questions(lambda: clickhouse_settings(settings))
    facts = Facts(settings, lambda: settings.kafka, questions)
    facts._lag = (time.monotonic() + 3_600, 0)  # the broker is not what is measured
    taken = []
    for _ in range(times + 3):
        now = datetime.now(UTC)
        questions.forget()
        began = time.perf_counter()
        await overview(Visit(Reader("bench", Role.VIEWER), "/", {"since": since}, now, Window.parse(since, "", now), questions, facts))
        taken.append((time.perf_counter() - began) * 1_000)
    alone = {}
    for name in ("series", "movers", "pipeline", "seen"):
        times_of = []
        for _ in range(times // 3 + 3):
            now = datetime.now(UTC)
            window = Window.parse(since, "", now)
            questions.forget()
            began = time.perf_counter()
            await questions.ask(name, **window.times, **({"width_s": window.width_s} if name == "series" else {}))
            times_of.append((time.perf_counter() - began) * 1_000)
        alone[name] = _p95(times_of[3:])
    questions.close()
    ordered = sorted(taken[3:])
    whole = {"median": round(statistics.median(ordered), 1), "p95": _p95(ordered), "least": round(ordered[0], 1)}
    return {**whole, "p95_of_one_statement": alone}


def _p95(taken: list[float]) -> float:
    ordered = sorted(taken)
    return round(ordered[int(len(ordered) * 0.95)], 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--times", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        system = System(Path(folder))
        try:
            system.start()
            with system.client() as client:
                fill(client, options.events)
                states = client.rows("SELECT count() AS n FROM signals_hour")[0]["n"]
            found = {since: asyncio.run(measure(system.settings, since, options.times)) for since in ("24h", "7d", "30d")}
        finally:
            system.stop()
    record = {"bench": "overview", "events": options.events, "hour_states": states, "target_p95_ms": TARGET_MS, "ms": found}
    print(json.dumps(record))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "overview.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
