"""A sender that makes an id for each attempt: no receiver can tell a repetition from another alert."""

from uuid import uuid4

from streams.alerts import channels, service
from streams.alerts.retries import Answer
from streams.settings_alerts import AlertRoute


class RandomIds(channels.Channels):
    async def send(self, name: str, route: AlertRoute, _delivery_id: str, body: str) -> Answer:
        return await super().send(name, route, f"msg_{uuid4().hex}", body)


service.Channels = RandomIds
