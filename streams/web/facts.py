"""What the pages know beside ClickHouse: names of categories, how far the workers are behind, when the process began."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import structlog

from streams.errors import PlumblineError
from streams.kafka.admin import lag
from streams.policy import Pack
from streams.settings import KafkaSettings, Settings
from streams.web.render import words

log = structlog.get_logger(__name__)

LAG_KEEP_S = 5.0


@dataclass
class Facts:
    """Read once, or seldom, and shared by all requests."""

    settings: Settings
    kafka: Callable[[], KafkaSettings]
    _lag: tuple[float, int | None] = (0.0, None)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @cached_property
    def pack(self) -> Pack | None:
        """The pack of the settings; None when it does not check (the command line says why)."""
        try:
            return Pack.load(self.settings.policy.pack)
        except PlumblineError as error:
            log.warning("policy pack not readable; the page shows ids instead of names", error=error.what)
            return None

    @cached_property
    def categories(self) -> Mapping[str, str]:
        """Category id -> title, in a fixed order: a category keeps its colour."""
        return {name: file.title for name, file in sorted(self.pack.detectors.items())} if self.pack else {}

    def title(self, category: str) -> str:
        """A category's name."""
        return self.categories.get(category) or words(category)

    def colour(self, category: str) -> int:
        """A category's place among the colours of the style sheet, 0 to 12."""
        known = list(self.categories)
        return known.index(category) % 13 if category in known else sum(category.encode()) % 13

    async def lag(self) -> int | None:
        """Records that are in Kafka and not yet landed; None when the broker does not tell."""
        async with self._reading:
            asked_at, value = self._lag
            if time.monotonic() - asked_at > LAG_KEEP_S or not asked_at:
                value = await asyncio.to_thread(self._read_lag)
                self._lag = (time.monotonic(), value)
            return value

    def _read_lag(self) -> int | None:
        try:
            return sum(each["end"] - (each["committed"] or each["begin"]) for each in lag(self.kafka(), list(self.settings.intake.topics)))
        except PlumblineError as error:
            log.debug("lag not known", error=error.what)
            return None
