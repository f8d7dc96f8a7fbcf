"""A plain mail."""

from typing import Any

from streams.alerts.formats.message import Message


def email(message: Message) -> dict[str, Any]:
    """Subject and text. Mails of one alert belong to one thread."""
    incident = message.incident
    lines = [message.headline, "", *(f"{name + ':':<14}{value}" for name, value in message.facts), ""]
    lines += ["The number again:", f"  {incident.query}", "", f"What to do: {incident.runbook}"]
    lines += [f"On the page: {message.link}"] if message.link else []
    subject = " ".join(f"Plumbline {message.headline}".split())
    return {"subject": subject[:200], "thread": incident.alert_id, "text": "\n".join([*lines, "", incident.alert_id]) + "\n"}
