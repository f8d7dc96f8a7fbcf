"""What must stay private is nowhere but on Kafka: seeded into every field and header of valid and invalid input, then looked for everywhere.

A canary holds the marker `zq7x`. Exempt are the topics themselves (that is where the bytes are), fields that the contract says are stored as they are
(ids of event and organization, names of model, provider and operation), and plain words next to a match, which are what an excerpt is.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from running import TOPIC, System, wait_for

from streams.decode import Decoder, Record
from streams.kafka.producer import EventProducer
from streams.settings import IntakeSettings, RetentionSettings

pytestmark = pytest.mark.integration

MARKER = "zq7x"
FIXTURES = Path(__file__).parents[1] / "fixtures"
STORED = ("event_id", "organization_id", "model", "provider", "operation")
NOW = datetime.now(UTC)
MATCH = "Please track my ex by her phone"
Seeds = list[tuple[bytes, list[tuple[str, bytes]]]]


def secrets(number: int) -> list[str]:
    """One of each kind that redaction knows, each with the marker."""
    return [
        f"{MARKER}{number}.ann@mail-{MARKER}.example", f"sk-{MARKER}{number}abcdefgh", f"https://{MARKER}.example/u/{number}", f"@{MARKER}{number}",
        f"Bearer {MARKER}{number}", f"password={MARKER}{number}", f"AKIA{MARKER}{number}ABCDEFGH", f"{MARKER}{number}-{MARKER}abcdefghijklmnop",
    ]  # fmt: skip


def own(number: int, **fields: Any) -> dict[str, Any]:
    return {"event_id": f"e{number}", "occurred_at": NOW.isoformat(), "organization_id": "org-canary", **fields}


def leaves(tree: Any, here: tuple = ()) -> list[tuple]:
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    found = [path for name, value in entries for path in leaves(value, (*here, name))]
    return [*found, here] if here else found


def in_every_field() -> Seeds:
    """Each fixture of each source with a canary in place of each of its values, and as the name of each."""
    decoder, found = Decoder(IntakeSettings(), RetentionSettings()), []
    for path in sorted(FIXTURES.glob("*/*.json")):
        spec = json.loads(path.read_text(encoding="utf-8"))["record"]
        headers = [(name, value.encode()) for name, value in spec.get("headers", {}).items()]
        for number, leaf in enumerate(leaves(spec.get("value"))):
            for renamed in (False, True):
                tree = deepcopy(spec["value"])
                parent = tree
                for name in leaf[:-1]:
                    parent = parent[name]
                if renamed and isinstance(parent, dict):
                    parent[f"{MARKER}-{leaf[-1]}"] = parent.pop(leaf[-1])
                elif not renamed:
                    parent[leaf[-1]] = f"{MARKER}{number}@field.example"
                record = Record(TOPIC, 0, 0, int(NOW.timestamp() * 1_000), None, json.dumps(tree).encode(), tuple(headers))
                if not any(MARKER in str(getattr(one.event, name)) for one in decoder.decode([record], NOW).events for name in STORED):
                    found.append((record.value, headers))
    return found


def in_matching_text() -> Seeds:
    """Secrets right beside a match, where an excerpt is cut, and words of the prompt far from it."""
    filler, found = " ".join(["filler"] * 60), []
    for number, secret in enumerate(secrets(1)):
        for text in (
            f"{secret} {MATCH} {secret}",
            f"{MARKER}word {filler} {MATCH} {filler} {MARKER}word",
            f"{MATCH}, her mail is {secret}",
            f"{secret}\n{MATCH}\n{secret}",
        ):
            ids = {name: f"{MARKER}{name}{number}" for name in ("user_id", "api_key_id", "conversation_id", "response_id", "response_model")}
            found += [(json.dumps(own(len(found), **ids, **{field: text})).encode(), []) for field in ("system", "text", "input", "output")]
    return found


def in_headers() -> Seeds:
    """In every header that means something, and in others, of valid and of bad input."""
    names = ("plumbline-source", "plumbline-replay-of", "content-type", "traceparent", "authorization", f"x-{MARKER}", "ce_id", "ce_subject")
    mismatch = (json.dumps(own(1)).encode(), [("plumbline-organization", MARKER.encode())])
    return [(value, [(name, f"{MARKER}@header".encode())]) for name in names for value in (json.dumps(own(2)).encode(), b"{bad")] + [mismatch]


def in_bad_input() -> Seeds:
    """In input that is no event at all."""
    c = MARKER.encode()
    values = [
        b'{"text": "' + c, c, b'"' + c + b'"', b'{"' + c + b'": 1, "' + c + b'": 2}', b'{"text": "' + c + b'\xff"}', b'{"text": "' + c + b'\\ud800"}',
        b"\xef\xbb\xbf{" + c, b"\0\0\0\0\7" + c, b'{"' + c + b'": NaN}', b'{"' + c + b'": ' + b"9" * 30 + b"}", b"[" * 70 + c, b'[["' + c + b'"]]',
        b'{"specversion":"1.0","id":"' + c + b'","source":"' + c + b'","type":"' + c + b'","data_base64":"' + c + b'"}',
        b'{"call_type": "' + c + b'", "startTime": "' + c + b'"}', b'{"resourceLogs":[{"scopeLogs":[{"logRecords":["' + c + b'"]}]}]}',
        b"{}\n" + c + b"\n{}",
    ]  # fmt: skip
    fields = {"schema_version": MARKER, "occurred_at": MARKER, "context": {"audience": MARKER}, "usage": MARKER, "input": [{"role": f"a\n{MARKER}"}]}
    return [(value, []) for value in values] + [(json.dumps(own(3, **{name: value})).encode(), []) for name, value in fields.items()]


@pytest.fixture(scope="module")
def seeded(live: System) -> Iterator[System]:
    """A system through whose worker all canaries have gone."""
    calm = {"PLUMBLINE_INTAKE__FLOOD_RATIO": "1", "PLUMBLINE_INTAKE__FLOOD_CONSECUTIVE": "100000"}
    live.current = live.worker(PLUMBLINE_LOG__LEVEL="debug", **calm).wait_ready()
    producer, live.seeds = EventProducer(live.broker.kafka), [*in_every_field(), *in_matching_text(), *in_headers(), *in_bad_input()]
    for value, headers in live.seeds:
        producer.send(TOPIC, key=MARKER.encode(), value=value, headers=headers)
    producer.close()
    wait_for(lambda: live.waiting() == 0, 60, "all canaries are committed")
    yield live


def tables(system: System) -> list[str]:
    """Rows of any table of any database that hold the marker, as `table: row`. States of aggregates hold hashes only, and are passed over."""
    columns = (
        "SELECT database, table, groupArray(name) AS names FROM system.columns WHERE type NOT LIKE 'AggregateFunction%' "
        "AND lower(database) != 'information_schema' AND (database != 'system' OR table LIKE '%_log') GROUP BY database, table"
    )
    found = []
    with system.client() as client:
        for table in client.rows(columns):
            full, names = f"`{table['database']}`.`{table['table']}`", ", ".join(f"`{name}`" for name in table["names"])
            found += [f"{full}: {row}" for row in client.rows(f"SELECT {names} FROM {full}") if MARKER in str(row).lower()]
    return found


def files(folder: Path) -> list[str]:
    """Files under a folder that hold the marker, the broker's excepted."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "broker" not in path.relative_to(folder).parts)
    return [str(path.relative_to(folder)) for path in paths if MARKER.encode() in path.read_bytes().lower()]


def test_the_canaries_were_read_landed_matched_and_rejected(seeded: System) -> None:
    assert len(seeded.seeds) > 1_000
    assert seeded.count("SELECT count() FROM events FINAL") > 400
    assert seeded.count("SELECT uniqExact(reason) FROM dead_letters FINAL") >= 12
    assert seeded.count("SELECT uniqExact(source) FROM events FINAL") == 6
    assert seeded.count("SELECT countIf(user_hash != 0 AND api_key_hash != 0 AND conversation_hash != 0) FROM events FINAL") > 50
    assert seeded.count("SELECT countIf(position(excerpt, '[…]') > 0) FROM excerpts") > 50


def test_no_table_holds_one(seeded: System) -> None:
    assert tables(seeded) == []


def test_no_file_of_the_store_or_the_worker_and_no_log_holds_one(seeded: System) -> None:
    assert files(seeded.data_dir) == []


def test_neither_metrics_nor_readiness_tell_one(seeded: System) -> None:
    assert MARKER not in seeded.current.metrics().lower()
    assert MARKER not in json.dumps(seeded.current.readiness()).lower()


def test_no_listing_of_dead_letters_tells_one(seeded: System) -> None:
    listed = seeded.run("dead-letters", "list", "--json", "--limit", "100000")
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    assert len(rows) > 100
    of_each_reason = {row["reason"]: f"{TOPIC}/{row['partition']}/{row['offset']}/{row['line']}" for row in rows}
    shown = {reason: seeded.run("dead-letters", "show", place) for reason, place in of_each_reason.items()}
    plain = seeded.run("dead-letters", "list")
    assert all(done.returncode == 0 for done in [listed, plain, *shown.values()])
    assert [done.args for done in [listed, plain, *shown.values()] if MARKER in (done.stdout + done.stderr).lower()] == []


def test_no_query_of_the_library_tells_one(seeded: System) -> None:
    names = [json.loads(line)["name"] for line in seeded.run("query", "--list", "--json").stdout.splitlines()]
    answers = {name: seeded.run("query", name, "--json") for name in names if name in ("latest_violations", "coordinated_text", "repeat_users")}
    assert answers["latest_violations"].stdout
    assert [name for name, done in answers.items() if MARKER in (done.stdout + done.stderr).lower()] == []


def test_no_export_tells_one(seeded: System) -> None:
    done = [seeded.run("export", kind, "-", "--format", form, "--since", "20d") for kind, form in (("verdicts", "ocsf"), ("signals", "csv"))]
    assert all(each.returncode == 0 and each.stdout for each in done)
    assert [each.args for each in done if MARKER in (each.stdout + each.stderr).lower()] == []


def test_the_same_search_finds_what_was_written_without_redaction(seeded: System) -> None:
    """The control, last: one row and one log line as they must never be."""
    with seeded.client() as client:
        client.command(
            "INSERT INTO excerpts (organization_id, event_id, occurred_at, content_hash, rule, field, start, end, excerpt) "
            f"VALUES ('org', 'e', now64(3), 1, 'r', 'text', 0, 1, 'her mail is {MARKER}@leak.example')"
        )
    assert [row.split(":")[0] for row in tables(seeded) if "excerpts" in row]
    assert [name for name in files(seeded.data_dir) if name.startswith("store")]
    (seeded.data_dir / "worker-leak.log").write_text(f"prompt was {MARKER}")
    assert "worker-leak.log" in files(seeded.data_dir)
