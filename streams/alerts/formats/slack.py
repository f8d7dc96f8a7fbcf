"""Slack's Block Kit, for an incoming webhook."""

from typing import Any

from streams.alerts.formats.message import Message

LONGEST_HEADER, LONGEST_TEXT = 150, 2_000
COLOURS = {"low": ":large_blue_circle:", "medium": ":large_yellow_circle:", "high": ":large_orange_circle:", "critical": ":red_circle:"}


def slack(message: Message) -> dict[str, Any]:
    """Text for notifications, blocks for the channel."""
    fields = [{"type": "mrkdwn", "text": f"*{name}*\n{escaped(value)}"} for name, value in message.facts][:10]
    notes = [f"`{escaped(message.incident.query)}`", f"Runbook: {escaped(message.incident.runbook)}", message.incident.alert_id]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": message.headline[:LONGEST_HEADER]}},
        {"type": "section", "fields": fields},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": note[:LONGEST_TEXT]} for note in notes]},
    ]
    if message.link:
        button = {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": message.link}
        blocks.append({"type": "actions", "elements": [button]})
    mark = ":white_check_mark:" if message.occasion == "resolved" else COLOURS[message.incident.severity]
    return {"text": f"{mark} {escaped(message.headline)}", "blocks": blocks}


def escaped(text: str) -> str:
    """The three characters that steer Slack's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
