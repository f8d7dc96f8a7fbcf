"""A sender that records a delivery before it is made: what it was at when it died is never sent again."""

from dataclasses import replace

from streams.alerts import sender, service
from streams.alerts.book import Delivery
from streams.settings_alerts import AlertRoute


class EarlySender(sender.Sender):
    async def _attempt(self, name: str, route: AlertRoute, delivery: Delivery) -> None:
        await self._record(replace(delivery, state="delivered"))
        await super()._attempt(name, route, delivery)


service.Sender = EarlySender
