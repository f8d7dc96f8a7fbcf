"""Collects what a case rests on into one file: redacted events, what was found, what the policy said, and the proofs that it was said then."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from streams import __version__
from streams.alerts.desk import AlertDesk
from streams.cases.desk import CaseDesk
from streams.clickhouse.client import ClickHouse, bound
from streams.clickhouse.library import UsageError, query_named
from streams.clickhouse.sources import sql_text
from streams.evidence.document import written
from streams.evidence.keys import load_sealing_key
from streams.evidence.proofs import prove
from streams.evidence.sealer import Salts
from streams.privacy import load_key
from streams.settings import Settings

ALWAYS = ("shared.toml",)


def bundle_of(client: ClickHouse, settings: Settings, case_id: str, *, now: datetime, whole_pack: bool = False) -> bytes:
    """The file of a case.

    Args:
        whole_pack: with all files of the packs, so that their hash can be computed again; several megabytes.

    Raises:
        UsageError: there is no such case.
    """
    case = CaseDesk(client).shown(case_id)
    linked = {
        (each["organization_id"], each["event_id"]) for each in case["history"] if each["action"] == "link" and each["event_id"] and not each["void"]
    }
    of = {"organizations": [each[0] for each in sorted(linked)], "events": [each[1] for each in sorted(linked)]}  # pairs, in two lists
    rows = {name: _linked(client.rows(sql_text(f"evidence/{name}"), of), linked) for name in ("events_of", "verdicts_of", "excerpts_of")}
    verdicts, events = rows["verdicts_of"], rows["events_of"]
    proven, seals = prove(client, Salts(load_key(settings)), verdicts)
    packs = {(row["pack_hash"], row["revision"]) for row in verdicts}
    alerts = _alerts(client, case["alert_id"])
    sections = {
        "case": [{name: value for name, value in case.items() if name not in ("events", "history")}],
        "history": case["history"],
        "alerts": alerts,
        "events": events,
        "excerpts": rows["excerpts_of"],
        "verdicts": proven,
        "policy": _policies(client, packs, verdicts, whole=whole_pack),
        "runs": _lineage(client.rows(sql_text("evidence/runs")), {row["run_id"] for row in verdicts}),
        "numbers": _numbers(client, case, of, alerts),
        "seals": seals,
    }
    gone = sorted(linked - {(row["organization_id"], row["event_id"]) for row in events})
    about = {"case_id": case_id, "made_at": now, "made_by": f"plumbline {__version__}", "events_gone": gone}
    return written(sections, about, load_sealing_key(settings))


def _linked(rows: Sequence[dict[str, Any]], linked: set[tuple[str, str]]) -> list[dict[str, Any]]:
    return [row for row in rows if (row["organization_id"], row["event_id"]) in linked]


def _alerts(client: ClickHouse, alert_id: str) -> list[dict[str, Any]]:
    """The alert that the case was opened from, with what people did and what was sent; it may have expired."""
    try:
        return [AlertDesk(client).shown(alert_id)] if alert_id else []
    except UsageError:
        return []


def _lineage(runs: Sequence[Mapping[str, Any]], wanted: set[str]) -> list[Mapping[str, Any]]:
    """The runs that decided, and those that they came from."""
    by_id, found, open_ = {row["run_id"]: row for row in runs}, set(), set(wanted)
    while open_:
        found |= open_
        open_ = {by_id[name]["parent_run"] for name in open_ if name in by_id} - found - {""}
    return [row for row in runs if row["run_id"] in found]


def _policies(client: ClickHouse, packs: set[tuple[str, str]], verdicts: Sequence[Mapping[str, Any]], *, whole: bool) -> list[dict[str, Any]]:
    """Each pack and revision that decided: the clauses in force, and the sources of the rules that fired."""
    made = []
    for pack_hash, revision in sorted(packs):
        mine = [row for row in verdicts if (row["pack_hash"], row["revision"]) == (pack_hash, revision)]
        stored = client.rows(sql_text("runs/pack"), {"pack_hash": pack_hash})
        files: dict[str, str] = dict(stored[0]["files"]) if stored else {}
        wanted = {*ALWAYS, f"revisions/{revision}.toml", *(f"detectors/{row['category']}.toml" for row in mine)}
        made.append({
            "pack_hash": pack_hash, "revision": revision, "clauses": sorted({row["clause"] for row in mine}),
            "rules": sorted({(row["rule"], row["rule_version"]) for row in mine}), "whole": whole and bool(files),
            "files": {path: text for path, text in files.items() if whole or path in wanted},
            "digests": {path: sha256(text.encode()).hexdigest() for path, text in files.items()},
        })  # fmt: skip
    return made


def _numbers(client: ClickHouse, case: Mapping[str, Any], of: Mapping[str, list[str]], alerts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every number that the case rests on, with the statement that gives it again."""
    asked = [
        ("tags_of_case", "How many tags do the linked events have?", of),
        ("tags_by_day", "What had these organizations done before?", {"organizations": case["organizations"], "opened": case["opened_at"]}),
    ]
    made = []
    for name, question, parameters in asked:
        sql = sql_text(f"evidence/{name}")
        made.append({"name": name, "question": question, "sql": sql, "parameters": bound(parameters), "rows": client.rows(sql, parameters)})
    return made + [number for alert in alerts for number in _alert_number(client, alert["query"])]


def _alert_number(client: ClickHouse, command: str) -> list[dict[str, Any]]:
    """The number of an alert, from the command that it carries."""
    words = shlex.split(command)
    if words[:2] != ["plumbline", "query"] or len(words) < 3:
        return []
    query, given, at = query_named(words[2]), {}, 3
    while at + 1 < len(words):
        name, value = words[at].removeprefix("--"), words[at + 1]
        given |= dict([value.split("=", 1)]) if name == "param" else {name: value}
        at += 2
    parameters = query.bound(given, datetime.now(UTC))
    rows = client.rows(query.sql, parameters)
    return [{"name": query.name, "question": query.question, "sql": query.sql, "parameters": bound(parameters), "rows": rows, "command": command}]
