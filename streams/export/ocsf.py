"""Signals and verdicts as OCSF Detection Findings (class 2004), one JSON object each. Field names and numbers are the schema's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from streams import __version__
from streams.alerts.formats.ocsf import CATEGORY, CLASS, SEVERITIES

CREATE = (1, "Create")
# What an outcome means to whoever works through findings: excused ones need nobody.
STATUSES = {"violation": (1, "New"), "unmet_requirement": (1, "New"), "excused": (3, "Suppressed")}
OWN = ("outcome", "revision", "clause", "score", "max_score", "model", "country", "audience", "organization_type", "declared_use_case",
       "missing_safeguards", "excused_by", "field", "start", "end", "user_hash", "api_key_hash", "content_hash", "run_id", "pack_hash")  # fmt: skip
Row = Mapping[str, Any]


def finding(kind: str, row: Row) -> dict[str, Any]:
    """The finding of one exported row; what has no field of OCSF's own is under `unmapped`. The same row gives the same `uid` each time."""
    severity, status = SEVERITIES[row["severity"]], STATUSES[row["outcome"]]
    uid, first, last, count = _verdict(row) if kind == "verdicts" else _signal(row)
    rule = {"uid": row["rule"], "name": row["rule"], "version": str(row["rule_version"])} if kind == "verdicts" else {"name": row["category"]}
    return {
        "activity_id": CREATE[0], "activity_name": CREATE[1], "category_uid": CATEGORY, "category_name": "Findings", "class_uid": CLASS,
        "class_name": "Detection Finding", "type_uid": CLASS * 100 + CREATE[0], "type_name": f"Detection Finding: {CREATE[1]}",
        "time": last, "start_time": first, "end_time": last, "count": count, "severity_id": severity[0], "severity": severity[1],
        "status_id": status[0], "status": status[1], "message": f"{row['outcome']} of {row['category']} by {row['organization_id']}",
        "metadata": {"version": "1.4.0", "uid": uid, "product": {"name": "Plumbline", "vendor_name": "Plumbline", "version": __version__}},
        "finding_info": {
            "uid": uid, "title": f"{row['category']}: {row['outcome']}", "types": [row["category"]], "first_seen_time": first, "last_seen_time": last,
            "analytic": {**rule, "type_id": 1, "type": "Rule"},
        },
        "resources": [{"uid": row["organization_id"], "name": row["organization_id"], "type": "organization"}],
        "unmapped": {name: row[name] for name in OWN if name in row},
    }  # fmt: skip


def _verdict(row: Row) -> tuple[str, int, int, int]:
    at = millis(row["occurred_at"])
    return "/".join((row["organization_id"], row["event_id"], str(row["content_hash"]), row["category"], row["run_id"])), at, at, 1


def _signal(row: Row) -> tuple[str, int, int, int]:
    names = ("organization_id", "category", "outcome", "severity", "country", "model", "revision", "run_id")
    uid = "/".join((row["hour"].strftime("%Y-%m-%dT%H"), *(row[name] for name in names)))
    return uid, millis(row["first_seen"]), millis(row["last_seen"]), row["events"]


def millis(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1_000)
