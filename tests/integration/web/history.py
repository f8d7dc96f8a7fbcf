"""Fourteen days of landed rows, inserted as a worker would land them: enough that every view has something to show. Deterministic."""

import hashlib
import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.runs import BEGINNING, END, MILLIS, PACKS, RUNS
from streams.clickhouse.volumes import VolumeRefresher
from streams.landing.columns import EVENTS, EXCERPTS, VERDICTS, event_key
from streams.policy import Pack

DAYS, ORGANIZATIONS = 14, 40
HOSTILE = {
    "organization_id": "<script>alert(1)</script>\u202eevil\u202c\"'&",
    "event_id": "<img src=x onerror=alert(2)>\u2066x",
    "excerpt": "</bdi></p><script>document.title='owned'</script> \u202eesrever\u202c javascript:alert(3) " + "A" * 100_000,
}
CATEGORIES = (
    ("political_campaigning", "violation", "high", "advocacy", "2025-09-15.democracy-targeting"),
    ("election_misinformation", "violation", "high", "false_date", "2025-09-15.election-misinformation"),
    ("privacy_tracking", "violation", "high", "locate_person", "2025-09-15.tracking"),
    ("high_risk_healthcare", "unmet_requirement", "medium", "dose", "2025-09-15.healthcare"),
    ("cyber_compromise", "violation", "critical", "intrusion", "2025-09-15.cyber"),
    ("minors", "violation", "medium", "context_age", "2025-09-15.minors-consumer"),
    ("biometric_inference", "violation", "medium", "infer_trait", "2025-09-15.biometrics"),
    ("law_enforcement", "excused", "low", "profiling", "2025-09-15.law-enforcement"),
)
LEDGER = pa.schema([
    ("topic", pa.string()), ("partition", pa.uint32()), ("first_offset", pa.uint64()), ("last_offset", pa.uint64()), ("records", pa.uint32()),
    ("inputs", pa.uint32()), ("landed", pa.uint32()), ("dead_lettered", pa.uint32()), ("filtered", pa.map_(pa.string(), pa.uint32())),
    ("worker", pa.string()), ("landed_at", MILLIS),
])  # fmt: skip
LETTERS = pa.schema([
    ("topic", pa.string()), ("partition", pa.uint32()), ("offset", pa.uint64()), ("line", pa.uint32()), ("reason", pa.string()),
    ("message", pa.string()), ("original_bytes", pa.uint64()), ("sha256", pa.string()), ("truncated", pa.bool_()), ("received_at", MILLIS),
    ("rejected_at", MILLIS),
])  # fmt: skip
MODELS, COUNTRIES = ("claude-opus", "claude-sonnet", "claude-haiku"), ("US", "DE", "FR", "BR", "IN", "JP", "")
WORDS = (
    "please",
    "draft",
    "a",
    "notice",
    "for",
    "the",
    "county",
    "about",
    "moved",
    "date",
    "and",
    "ask",
    "voters",
    "to",
    "wait",
    "until",
    "further",
    "word",
)


def fill(client: ClickHouse, now: datetime | None = None, *, per_hour: int = 12, pack: Pack | None = None) -> None:
    """Insert runs, events, verdicts, excerpts, ledger rows, volumes and dead letters up to now."""
    now, dice = now or datetime.now(UTC), random.Random(7)
    pack_hash = pack.hash if pack else "0" * 16
    if pack:
        client.insert("packs", pa.Table.from_pylist([{"pack_hash": pack.hash, "files": list(pack.files.items()), "recorded_at": now}], PACKS))
    client.insert("runs", pa.Table.from_pylist(list(_runs(pack_hash, now)), RUNS))
    rows = [
        _one(dice, now - timedelta(hours=hour, seconds=dice.random() * 3600), index, pack_hash)
        for hour in range(DAYS * 24)
        for index in range(_volume(dice, hour, per_hour))
    ]
    rows.append(_hostile(now, pack_hash))
    for name, schema in (("events", EVENTS), ("verdicts", VERDICTS), ("excerpts", EXCERPTS)):
        table = [row for each in rows for row in each[name]]
        client.insert(name, pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in table], schema))
    _ledger(client, rows, now)


def _runs(pack_hash: str, now: datetime):
    first = {"run_id": "live-first", "kind": "live", "pack_hash": pack_hash, "parent_run": "", "valid_from": BEGINNING, "valid_to": END}
    yield first | {"opened_at": now - timedelta(days=30), "completed_at": now - timedelta(days=30)}
    week = now - timedelta(days=7)
    retag = {"run_id": "retag-older", "kind": "retag", "parent_run": "live-first", "valid_from": BEGINNING, "valid_to": week - timedelta(days=3)}
    yield first | retag | {"opened_at": week, "completed_at": week}


def _volume(dice: random.Random, hour: int, per_hour: int) -> int:
    return max(1, int(per_hour * (1.4 if 8 <= (24 - hour) % 24 <= 18 else 0.6) * dice.uniform(0.7, 1.3)))


def _one(dice: random.Random, moment: datetime, index: int, pack_hash: str) -> dict[str, list[dict]]:
    weight = dice.random() ** 2
    organization = f"org-{int(weight * ORGANIZATIONS):03d}"
    event_id = hashlib.sha256(f"{moment.isoformat()}{index}".encode()).hexdigest()[:20]
    tag = dice.choices([*CATEGORIES, None], [9, 7, 5, 8, 3, 3, 2, 2, 40])[0]
    if moment > datetime.now(UTC) - timedelta(days=2) and dice.random() < 0.1:
        tag, organization = CATEGORIES[1], "org-007"
    return rows_of(dice, organization, event_id, moment, tag, " ".join(dice.sample(WORDS, 9)), pack_hash)


def _hostile(now: datetime, pack_hash: str) -> dict[str, list[dict]]:
    moment = now - timedelta(minutes=2)
    return rows_of(random.Random(1), HOSTILE["organization_id"], HOSTILE["event_id"], moment, CATEGORIES[4], HOSTILE["excerpt"], pack_hash)


def rows_of(
    dice: random.Random, organization: str, event_id: str, moment: datetime, tag: tuple | None, text: str, pack_hash: str
) -> dict[str, list[dict]]:
    shared = {
        "organization_id": organization, "event_id": event_id, "occurred_at": moment, "content_hash": 1,
        "event_key": event_key(organization, event_id), "user_hash": dice.randrange(1, 300), "api_key_hash": 1, "conversation_hash": 0,
        "model": dice.choice(MODELS), "country": dice.choice(COUNTRIES),
        "audience": dice.choice(("consumer", "business")), "organization_type": "commercial", "declared_use_case": "general", "pack_hash": pack_hash,
        "similarity": 0, "landed_at": moment + timedelta(seconds=1),
    }  # fmt: skip
    event = shared | {
        "key_version": 1, "operation": "chat", "provider": "anthropic", "safeguards": [], "end_user_age": "adult",
        "input_tokens": 200, "output_tokens": 300,
        "input_length": 800, "output_length": 1200, "text_hash": 1, "source": "plumbline", "schema_version": 1, "kafka_topic": "usage.events",
        "kafka_partition": 0, "kafka_offset": dice.randrange(1 << 30), "kafka_line": 0, "received_at": moment,
    }  # fmt: skip
    event |= {f"detections.{name}": [] for name in ("category", "score", "rule", "rule_version", "field", "start", "end")}
    if tag is None:
        return {"events": [event], "verdicts": [], "excerpts": []}
    category, outcome, severity, rule, clause = tag
    score, name = round(dice.uniform(0.5, 0.99), 3), f"{category}.{rule}"
    found = {"category": category, "score": score, "rule": name, "rule_version": 1, "field": "text", "start": 10, "end": 40}
    event |= {f"detections.{column}": [value] for column, value in found.items()}
    verdict = shared | found | {
        "run_id": "live-first", "outcome": outcome, "severity": severity, "revision": "2025-09-15", "clause": clause,
        "missing_safeguards": ["human_in_the_loop"] if outcome == "unmet_requirement" else [],
        "excused_by": "court-records" if outcome == "excused" else "",
    }  # fmt: skip
    excerpt = {column: shared[column] for column in ("organization_id", "event_id", "occurred_at", "content_hash")}
    excerpt |= {"rule": name, "field": "text", "start": 10, "end": 40, "excerpt": text}
    old = verdict | {"run_id": "retag-older", "severity": "high"}
    return {"events": [event], "verdicts": [verdict, old] if moment < datetime.now(UTC) - timedelta(days=10) else [verdict], "excerpts": [excerpt]}


def _ledger(client: ClickHouse, rows: list[dict], now: datetime) -> None:
    """Ledger rows by hour, volumes recomputed from events, and a few dead letters."""
    count, ledger, letters = len(rows) // (DAYS * 24), [], []
    for hour in range(DAYS * 24 + 1):
        first, landed_at, bad = hour * count, now - timedelta(hours=DAYS * 24 - hour), int(hour % 9 == 0)
        place = {"topic": "usage.events", "partition": 0}
        ledger.append(place | {"first_offset": first, "last_offset": first + count - 1, "records": count, "inputs": count, "landed": count - 1})
        ledger[-1] |= {"dead_lettered": bad, "filtered": [("blank_line", 1 - bad)], "worker": "worker-1", "landed_at": landed_at}
        if bad:
            message = "field 'occurred_at': a timestamp is RFC 3339 text with a zone"
            letters.append(place | {"offset": first, "line": 0, "reason": "bad_timestamp", "message": message, "original_bytes": 412, "sha256": "ab"})
            letters[-1] |= {"truncated": False, "received_at": landed_at, "rejected_at": landed_at}
    client.insert("ledger", pa.Table.from_pylist(ledger, LEDGER))
    client.insert("dead_letters", pa.Table.from_pylist(letters, LETTERS))
    volumes = VolumeRefresher(client)
    volumes.touch(int(row["events"][0]["occurred_at"].timestamp()) // 3600 * 3_600_000 for row in rows)
    volumes.refresh()
