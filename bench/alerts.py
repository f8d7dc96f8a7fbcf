"""From a violation to the webhook that tells of it, and how long 200 rules take: `python -m bench.alerts`.

A broker, a worker, the store, `plumbline alerts run` with the shipped rules and a receiver that verifies, all on loopback. Behind them lie 90 days of
signals of a thousand organizations, beside them flows ordinary traffic. Each probe is an organization that nobody knew, of which four violations have
landed; what is timed is its fifth, from the moment it is produced until the receiver has read the alert that it raises.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from aiokafka import AIOKafkaProducer

from bench.events import VIOLATION, events
from bench.overview import fill as fill_history
from bench.rig import Command, Receiver, System, fill, say, wait_for
from schemas.alert_rules import AlertRuleFile
from streams.alerts.engine import Engine
from streams.alerts.rules import AlertRules, load_rules
from streams.clickhouse.client import ClickHouse
from streams.policy import Pack
from streams.settings_alerts import AlertsSettings

RESULTS = Path(__file__).parent / "results"
PARTITIONS, TOPIC = 6, "usage.events"
BEFORE = 4  # violations of a newcomer that raise nothing yet
TARGET_P99_S, TARGET_RULES_S = 5.0, 2.0
GIVE_UP_S = 30.0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.alerts", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long probes are sent")
    parser.add_argument("--every", type=float, default=0.5, help="seconds from one probe to the next")
    parser.add_argument("--rate", type=float, default=300, help="ordinary events per second beside the probes")
    parser.add_argument("--history", type=int, default=100_000_000, help="events of the 90 days before; a hundredth of them are tagged")
    parser.add_argument("--rules", type=int, default=200, help="rules that are evaluated")
    parser.add_argument("--times", type=int, default=10, help="evaluations of them")
    return parser.parse_args()


def main() -> int:
    arguments = options()
    found: dict[str, Any] = {"bench": "alerts", "options": vars(arguments)}
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, Receiver() as receiver, parts(Path(folder), receiver) as system:
        say(f"90 days of {arguments.history:,} events")
        system.worker().wait_ready()
        with system.client() as client:
            fill_history(client, arguments.history, run=client.rows("SELECT run_id FROM runs")[0]["run_id"])
            say(f"{arguments.rules} rules, evaluated {arguments.times} times")
            found["rules_s"] = evaluations(client, arguments.rules, arguments.times)
        found["webhook_s"] = webhooks(system, receiver, arguments)
    found["targets"] = {"webhook_p99_s": TARGET_P99_S, "rules_s": TARGET_RULES_S}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "alerts.json").write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(json.dumps(found) + "\n")
    return int(found["webhook_s"]["p99"] >= TARGET_P99_S or found["webhook_s"]["lost"] > 0 or found["rules_s"]["worst"] >= TARGET_RULES_S)


@contextmanager
def parts(folder: Path, receiver: Receiver) -> Iterator[System]:
    """The system with a route to the receiver; nothing evaluates or lands yet."""
    route = receiver.route(least_severity="high")
    alerts = {"PLUMBLINE_ALERTS__ROUTES": json.dumps({"desk": route}), "PLUMBLINE_ALERTS__INTERNAL_RECEIVERS": '["127.0.0.1/32"]'}
    system = System(folder, partitions=PARTITIONS, pack=None, PLUMBLINE_LOG__LEVEL="info", **alerts)
    try:
        yield system.start()
    finally:
        system.stop()


# -- 200 rules


def evaluations(client: ClickHouse, count: int, times: int) -> dict[str, float]:
    """Seconds of an evaluation: the first of a process, which reads 90 days, and those that follow with something new landed each time."""
    engine, taken = Engine(client, variations(count), AlertsSettings()), []
    for _ in range(times + 1):
        client.command(LANDED)
        began = time.perf_counter()
        engine.evaluate(datetime.now(UTC))
        taken.append(time.perf_counter() - began)
    first, *later = taken
    later = sorted(later) or [first]
    say(f"  the first {first:.2f} s, then {later[len(later) // 2]:.2f} s, at most {later[-1]:.2f} s")
    return {"first": round(first, 3), "median": round(later[len(later) // 2], 3), "worst": round(max(taken), 3)}


LANDED = """
INSERT INTO ledger (topic, partition, first_offset, last_offset, records, inputs, landed, worker, hours, landed_at)
SELECT 'usage.events', 99, toUnixTimestamp64Milli(now64(3)) AS at, at, 1, 1, 1, 'bench', [toStartOfHour(now('UTC'))], now64(3, 'UTC')
"""


def variations(count: int) -> AlertRules:
    """So many rules of all kinds that come with Plumbline, each with thresholds and windows of its own."""
    shipped = load_rules(None, Pack.load(None).detectors)
    known, rules = list(shipped.rules.values()), {}
    for number in range(count):
        rule = varied(known[number % len(known)], number // len(known))
        rules[rule.id] = rule
    return AlertRules(rules, {}, f"bench-{count}")


def varied(rule: AlertRuleFile, times: int) -> AlertRuleFile:
    """The rule with other figures: so that nothing computed for one rule is just what another needs."""
    when, changes = rule.when, {"at_least": rule.when.at_least * (1 + times / 10)} if hasattr(rule.when, "at_least") else {}
    if isinstance(when.at_least, int):
        changes = {"at_least": when.at_least + times}
    if when.kind in ("threshold", "new_entity", "coordinated") and when.window.endswith("d"):
        changes["window"] = f"{int(when.window[:-1]) + times % 3}d"
    return rule.model_copy(update={"id": f"{rule.id}_{times}", "when": when.model_copy(update=changes)})


# -- from violation to webhook


def webhooks(system: System, receiver: Receiver, arguments: argparse.Namespace) -> dict[str, float]:
    """Percentiles in seconds over all probes; one that never came counts as the longest wait."""
    count = int(arguments.seconds / arguments.every)
    known = [violation(number, at) for number in range(count) for at in range(BEFORE)]
    say(f"{count} newcomers with {BEFORE} violations each")
    fill(system.broker.kafka.bootstrap_servers, TOPIC, PARTITIONS, (json.dumps(each).encode() for each in known))
    wait_for(lambda: system.waiting() == 0, 120, "what is known has landed")
    alerts = Command(system, "alerts", "run")
    system.commands.append(alerts)
    wait_for(lambda: alerts.logged("alerts are running"), 60, "alerts run")
    wait_for(lambda: system.count("SELECT count() AS n FROM alert_evaluations WHERE rules_hash NOT LIKE 'bench%'"), 120, "the first evaluation")
    say(f"one probe each {arguments.every:g} s for {arguments.seconds:g} s, beside {arguments.rate:g} events per second")
    sent = asyncio.run(_send(system, count, arguments))
    _wait_for_all(receiver, sent)
    return percentiles(sent, receiver)


def percentiles(sent: Mapping[str, float], receiver: Receiver) -> dict[str, float]:
    arrived: dict[str, float] = {}
    for each in receiver.taken:
        arrived.setdefault(each.organization, each.at)
    waits = sorted(arrived.get(name, at + GIVE_UP_S) - at for name, at in sent.items())
    found = {f"p{share}": round(waits[min(len(waits) - 1, len(waits) * share // 100)], 3) for share in (50, 95, 99)}
    found |= {"worst": round(waits[-1], 3), "probes": len(waits), "lost": sum(name not in arrived for name in sent)}
    say(f"  p50 {found['p50']:.2f} s, p99 {found['p99']:.2f} s, {found['lost']} of {found['probes']} never came")
    return found


async def _send(system: System, count: int, arguments: argparse.Namespace) -> dict[str, float]:
    """Organization -> when its fifth violation was produced."""
    producer = AIOKafkaProducer(bootstrap_servers=system.broker.kafka.bootstrap_servers, acks="all", compression_type="lz4", linger_ms=5)
    await producer.start()
    load, sent = asyncio.create_task(_load(producer, arguments.rate, arguments.seconds)), {}
    began = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number * arguments.every - time.monotonic()))
        event = violation(number, BEFORE)
        sent[event["organization_id"]] = time.time()
        await producer.send(TOPIC, json.dumps(event).encode(), key=event["organization_id"].encode())
    await load
    await producer.stop()
    return sent


async def _load(producer: AIOKafkaProducer, rate: float, seconds: float) -> None:
    """Ordinary events of these minutes, sent evenly; one in a thousand is a violation."""
    began, step = time.monotonic(), max(1, int(rate / 50))
    stream = events(int(rate * seconds) + step, violations=0.001, prefix=f"load{int(time.time())}", spread=timedelta(seconds=1))
    for number in range(int(seconds * 50) if rate else 0):
        await asyncio.sleep(max(0.0, began + number / 50 - time.monotonic()))
        for _ in range(step):
            await producer.send(TOPIC, next(stream))


def violation(number: int, at: int) -> dict[str, Any]:
    """The violation number `at` of a newcomer. Words of no meaning make its text its own, so that newcomers are no campaign."""
    chance = random.Random(f"{number} {at}")
    words = " ".join("".join(chance.choices(ascii_lowercase, k=6)) for _ in range(80))
    moment = datetime.now(UTC) - timedelta(minutes=(BEFORE - at) * 3)
    return {
        "event_id": f"probe-{number}-{at}", "organization_id": f"newcomer-{number}", "user_id": "user-1", "text": f"{VIOLATION}\n{words}",
        "occurred_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "context": {"organization_type": "commercial"},
    }  # fmt: skip


def _wait_for_all(receiver: Receiver, sent: Mapping[str, float]) -> None:
    deadline = time.monotonic() + GIVE_UP_S
    while time.monotonic() < deadline and not sent.keys() <= {each.organization for each in receiver.taken}:
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
