"""Microsoft Teams, through a Workflows webhook: a message with an Adaptive Card."""

from typing import Any

from streams.alerts.formats.message import Message

COLOURS = {"low": "accent", "medium": "warning", "high": "attention", "critical": "attention"}


def teams(message: Message) -> dict[str, Any]:
    """The message."""
    incident = message.incident
    colour = "good" if message.occasion == "resolved" else COLOURS[incident.severity]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": plain(message.headline), "weight": "bolder", "size": "medium", "color": colour, "wrap": True},
            {"type": "FactSet", "facts": [{"title": name, "value": plain(value)} for name, value in message.facts]},
            {"type": "TextBlock", "text": plain(incident.query), "fontType": "monospace", "isSubtle": True, "wrap": True},
            {"type": "TextBlock", "text": f"Runbook: {incident.runbook} ({incident.alert_id})", "isSubtle": True, "wrap": True},
        ],
    }
    if message.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": message.link}]
    return {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}]}


def plain(text: str) -> str:
    """Without what Adaptive Cards read as a link."""
    return text.replace("[", "\\[").replace("]", "\\]")
