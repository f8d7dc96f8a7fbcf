"""Signals against raw rows: three questions with 1, 10 and 100 million events behind them: `python -m bench.signals`.

Raw is the table that a peer writes, one narrow row per event with its tags, sorted by organization and time. Signals are Plumbline's, fed by its
views from the verdicts on the same events. ClickHouse makes both itself. Each question counts an event once, however often its row was written (peers
deliver at least once), and must have the same answer on both sides.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.overview import RUN
from bench.rig import System, say
from streams import logs
from streams.clickhouse.client import ClickHouse
from streams.settings import LogSettings

RESULTS = Path(__file__).parent / "results" / "signals.json"
DAYS, PIECE = 90, 1_000_000
TABLE = """
CREATE TABLE raw (event_id UInt64, organization_id LowCardinality(String), occurred_at DateTime64(3, 'UTC'), user_id UInt32,
    model LowCardinality(String), country LowCardinality(String), input_tokens UInt32, output_tokens UInt32, text_length UInt32,
    tags Array(LowCardinality(String))) ENGINE = MergeTree ORDER BY (organization_id, occurred_at)
"""
# The last day is whole, so that days and hours of both sides hold the same events. A hundredth of the events has a tag.
ROWS = """
INSERT INTO raw SELECT number AS event_id, concat('org-', toString(toUInt32(pow(randCanonical(1), 2) * 1000))),
       toDateTime64(toStartOfDay(now('UTC')), 3, 'UTC') - toIntervalMillisecond(toInt64((1 - number / {total:UInt64}) * {days:UInt32} * 86400000)),
       rand(2) % 100000, concat('model-', toString(number % 6)), ['US', 'DE', 'FR', 'IN', 'BR', 'JP'][number % 6 + 1],
       number % 700, 300, 600, if(rand(3) % 100 = 0, [concat('category_', toString(rand(4) % 13))], [])
FROM numbers({from:UInt64}, {count:UInt64})
"""
VERDICTS = """
INSERT INTO verdicts (run_id, organization_id, event_id, occurred_at, content_hash, event_key, category, outcome, severity, score, revision, clause,
                      rule, rule_version, field, start, end, user_hash, model, country, landed_at)
SELECT 'live-bench', organization_id, toString(event_id), occurred_at, 1, event_id, category, 'violation', 'high', 0.9, '2025-09-15', 'clause',
       'rule', 1, 'text', 0, 40, user_id, model, country, occurred_at
FROM raw ARRAY JOIN tags AS category WHERE event_id >= {from:UInt64} AND event_id < {from:UInt64} + {count:UInt64}
"""
QUESTIONS = {
    "violations by day and category, 90 days": (
        """SELECT toStartOfDay(occurred_at) AS day, category, uniqExact(event_id) AS n FROM raw ARRAY JOIN tags AS category
           GROUP BY day, category ORDER BY day, category""",
        "SELECT bucket AS day, category, sum(events) AS n FROM audit_signals_day GROUP BY day, category ORDER BY day, category",
    ),
    "organizations with most violations of one category, 30 days": (
        """SELECT organization_id, uniqExact(event_id) AS n FROM raw
           WHERE has(tags, 'category_3') AND occurred_at >= toStartOfDay(now('UTC')) - INTERVAL 30 DAY
           GROUP BY organization_id ORDER BY n DESC, organization_id LIMIT 10""",
        """SELECT organization_id, sum(events) AS n FROM audit_signals_day
           WHERE category = 'category_3' AND bucket >= toStartOfDay(now('UTC')) - INTERVAL 30 DAY
           GROUP BY organization_id ORDER BY n DESC, organization_id LIMIT 10""",
    ),
    "one category by hour, 7 days": (
        """SELECT toStartOfHour(occurred_at) AS hour, uniqExact(event_id) AS n FROM raw
           WHERE has(tags, 'category_3') AND occurred_at >= toStartOfDay(now('UTC')) - INTERVAL 7 DAY GROUP BY hour ORDER BY hour""",
        """SELECT bucket AS hour, sum(events) AS n FROM audit_signals_hour
           WHERE category = 'category_3' AND bucket >= toStartOfDay(now('UTC')) - INTERVAL 7 DAY GROUP BY hour ORDER BY hour""",
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.signals", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", nargs="+", type=float, default=[1, 10], help="events behind the questions, in millions")
    parser.add_argument("--times", type=int, default=10, help="each question is asked")
    arguments = parser.parse_args()
    logs.configure(LogSettings(level="warning"), part="bench")
    found = []
    for millions in arguments.millions:
        with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
            system = System(Path(folder))
            try:
                system.start()
                with system.client() as client:
                    found.append(measured(client, int(millions * 1e6), arguments.times))
            finally:
                system.stop()
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({"questions": found}, indent=1) + "\n")
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def measured(client: ClickHouse, events: int, times: int) -> dict[str, object]:
    """Milliseconds of each question on both sides, with so many events behind it."""
    say(f"{events:,} events")
    client.command(TABLE)
    client.command(RUN)
    for start in range(0, events, PIECE):
        piece = {"from": start, "count": min(PIECE, events - start)}
        client.command(ROWS, {"total": events, "days": DAYS, **piece})
        client.command(VERDICTS, piece)
    answers = {}
    for question, (raw, signals) in QUESTIONS.items():
        of_raw, raw_ms = asked(client, raw, times)
        of_signals, signals_ms = asked(client, signals, times)
        assert of_raw == of_signals, f"{question}: {of_raw[:3]} raw, {of_signals[:3]} in signals"
        assert of_raw, f"{question}: no answer, so nothing is compared"
        answers[question] = {"raw_ms": raw_ms, "signals_ms": signals_ms}
        say(f"  {question}: raw {raw_ms} ms, signals {signals_ms} ms")
    return {"events": events, "ms": answers}


def asked(client: ClickHouse, sql: str, times: int) -> tuple[list[tuple], float]:
    """The answer, and the median time in milliseconds."""
    taken, rows = [], []
    for _ in range(times + 1):
        began = time.perf_counter()
        rows = client.rows(sql)
        taken.append((time.perf_counter() - began) * 1_000)
    return [tuple(row.values()) for row in rows], round(statistics.median(taken[1:]), 1)


if __name__ == "__main__":
    sys.exit(main())
