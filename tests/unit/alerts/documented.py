"""What each receiver admits, written down from its own documentation as JSON Schema, and receivers on loopback that hold to it.

Field names, limits and answers are those of PagerDuty's Events API v2, Slack's Block Kit, Teams Workflows with Adaptive Cards 1.4, and OCSF 1.4.
"""

import json
from typing import Any

import jsonschema
from aiohttp import web


def text(longest: int, shortest: int = 1) -> dict[str, Any]:
    return {"type": "string", "minLength": shortest, "maxLength": longest}


def record(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these fields and no others."""
    return {"type": "object", "properties": {**required, **optional}, "required": [*required], "additionalProperties": False}


def several(of: dict[str, Any], most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least, "maxItems": most}


ADDRESS = {"type": "string", "pattern": "^https?://", "maxLength": 3_000}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}

# -- PagerDuty

ABOUT = {"routing_key": text(32, 32), "dedup_key": text(255)}
PAYLOAD = record(
    {"summary": text(1_024), "source": text(1_024), "severity": {"enum": ["critical", "error", "warning", "info"]}},
    timestamp=INSTANT, component=text(1_024), group=text(1_024), **{"class": text(1_024)}, custom_details={"type": "object"},
)  # fmt: skip
TRIGGER = record(
    {"routing_key": text(32, 32), "event_action": {"const": "trigger"}, "payload": PAYLOAD},
    dedup_key=text(255), client=text(1_024), client_url=ADDRESS, links=several(record({"href": ADDRESS}, text=text(1_024)), 50),
)  # fmt: skip
FOLLOW_UP = record({**ABOUT, "event_action": {"enum": ["acknowledge", "resolve"]}})
PAGERDUTY = {"if": {"properties": {"event_action": {"const": "trigger"}}}, "then": TRIGGER, "else": FOLLOW_UP}

# -- Slack


def slack_text(kind: str, longest: int) -> dict[str, Any]:
    return record({"type": {"const": kind}, "text": text(longest)})


BLOCKS = {
    "header": record({"type": {}, "text": slack_text("plain_text", 150)}),
    "section": record({"type": {}, "fields": several(slack_text("mrkdwn", 2_000), 10, 1)}),
    "context": record({"type": {}, "elements": several(slack_text("mrkdwn", 3_000), 10, 1)}),
    "actions": record(
        {"type": {}, "elements": several(record({"type": {"const": "button"}, "text": slack_text("plain_text", 75)}, url=ADDRESS), 25, 1)}
    ),
}
BLOCK = {
    "properties": {"type": {"enum": [*BLOCKS]}},
    "required": ["type"],
    "allOf": [{"if": {"properties": {"type": {"const": name}}}, "then": block} for name, block in BLOCKS.items()],
}
SLACK = record({"text": text(4_000), "blocks": several(BLOCK, 50, 1)})

# -- Teams

COLOURS = ["default", "dark", "light", "accent", "good", "warning", "attention"]
TEXT_BLOCK = record(
    {"type": {"const": "TextBlock"}, "text": {"type": "string"}},
    color={"enum": COLOURS}, weight={"enum": ["lighter", "default", "bolder"]}, size={"enum": ["small", "default", "medium", "large", "extraLarge"]},
    wrap={"type": "boolean"}, isSubtle={"type": "boolean"}, fontType={"enum": ["default", "monospace"]},
)  # fmt: skip
FACTS = record({"type": {"const": "FactSet"}, "facts": several(record({"title": text(200), "value": text(4_000)}), 30, 1)})
VERSION = {"enum": ["1.0", "1.1", "1.2", "1.3", "1.4"]}
CARD = record(
    {"type": {"const": "AdaptiveCard"}, "version": VERSION, "body": several({"anyOf": [TEXT_BLOCK, FACTS]}, 50, 1)},
    **{"$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"}},
    actions=several(record({"type": {"const": "Action.OpenUrl"}, "url": ADDRESS}, title=text(200)), 6),
)  # fmt: skip
ATTACHMENT = record({"contentType": {"const": "application/vnd.microsoft.card.adaptive"}, "content": CARD}, contentUrl={"type": "null"})
TEAMS = record({"type": {"const": "message"}, "attachments": several(ATTACHMENT, 1, 1)})
LONGEST_FOR_TEAMS = 28 * 1_024

# -- OCSF

MOMENT = {"type": "integer", "minimum": 1_000_000_000_000, "maximum": 9_999_999_999_999}  # milliseconds since 1970
WORD = text(65_535)
ANALYTIC = record({"type_id": {"enum": [0, 1, 2, 3, 4, 99]}}, uid=WORD, name=WORD, type=WORD, version=WORD)
FINDING_INFO = record(
    {"uid": WORD, "title": WORD},
    types=several(WORD, 100), created_time=MOMENT, first_seen_time=MOMENT, last_seen_time=MOMENT, analytic=ANALYTIC, src_url=ADDRESS,
)  # fmt: skip
METADATA = record(
    {"version": {"const": "1.4.0"}, "product": record({"vendor_name": WORD}, name=WORD, version=WORD)}, uid=WORD, labels=several(WORD, 10)
)
OCSF = record(
    {
        "class_uid": {"const": 2004}, "category_uid": {"const": 2}, "activity_id": {"enum": [1, 2, 3]}, "type_uid": {"type": "integer"},
        "severity_id": {"enum": [0, 1, 2, 3, 4, 5, 6, 99]}, "time": MOMENT, "metadata": METADATA, "finding_info": FINDING_INFO,
    },
    activity_name={"enum": ["Create", "Update", "Close"]}, category_name={"const": "Findings"}, class_name={"const": "Detection Finding"},
    type_name={"enum": [f"Detection Finding: {each}" for each in ("Create", "Update", "Close")]},
    severity={"enum": ["Unknown", "Informational", "Low", "Medium", "High", "Critical", "Fatal"]}, status_id={"enum": [0, 1, 2, 3, 4, 5, 99]},
    status={"enum": ["New", "In Progress", "Suppressed", "Resolved", "Archived"]}, is_alert={"type": "boolean"}, message=WORD,
    count={"type": "integer", "minimum": 1}, start_time=MOMENT, end_time=MOMENT, remediation=record({"desc": WORD}), unmapped={"type": "object"},
    resources=several(record({}, uid=WORD, name=WORD, type=WORD), 100),
)  # fmt: skip


def problem(schema: dict[str, Any], body: Any) -> str:
    """The first thing that a receiver would refuse; empty: none."""
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(body))
    return f"{error.json_path}: {error.message[:200]}" if error else ""


async def pagerduty(request: web.Request) -> web.Response:
    body = await request.json()
    wrong = problem(PAGERDUTY, body)
    if wrong:
        return web.json_response({"status": "invalid event", "message": "Event object is invalid", "errors": [wrong]}, status=400)
    return web.json_response({"status": "success", "message": "Event processed", "dedup_key": body["dedup_key"]}, status=202)


async def slack(request: web.Request) -> web.Response:
    wrong = problem(SLACK, await request.json())
    return web.Response(status=400, text=f"invalid_blocks {wrong}") if wrong else web.Response(text="ok")


async def teams(request: web.Request) -> web.Response:
    whole = await request.read()
    wrong = "too large" if len(whole) > LONGEST_FOR_TEAMS else problem(TEAMS, json.loads(whole))
    return web.json_response({"error": {"code": "InvalidRequest", "message": wrong}}, status=400) if wrong else web.Response(status=202)


async def siem(request: web.Request) -> web.Response:
    """Takes Detection Findings."""
    body = await request.json()
    wrong = problem(OCSF, body) or ("" if body["type_uid"] == body["class_uid"] * 100 + body["activity_id"] else "type_uid does not follow")
    return web.json_response({"problem": wrong}, status=422) if wrong else web.json_response({"accepted": 1})


RECEIVERS = {"pagerduty": pagerduty, "slack": slack, "teams": teams, "ocsf": siem}
