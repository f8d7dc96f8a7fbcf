"""Standard Webhooks 1.0: type, timestamp, data; the data is the contract `Alert`."""

from typing import Any

from streams.alerts.formats.message import Message, moment


def standard(message: Message) -> dict[str, Any]:
    """The body of a webhook."""
    body = {"type": f"alert.{message.occasion}", "timestamp": moment(message.at).isoformat(), "data": message.alert.model_dump(mode="json")}
    return {**body, "test": True} if message.sample else body


def contract(message: Message) -> dict[str, Any]:
    """The value of a record on the alerts topic: the contract itself."""
    alert = message.alert.model_dump(mode="json")
    return {**alert, "title": f"TEST, no alert: {alert['title']}"[:128]} if message.sample else alert
