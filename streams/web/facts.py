"""What the pages know beside ClickHouse's rows: the policy's names and clauses, and how far the workers are behind."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import structlog

from schemas.pack import RevisionFile
from streams.clickhouse.runs import RunBook
from streams.errors import PlumblineError
from streams.kafka.admin import lag
from streams.policy import Pack
from streams.settings import KafkaSettings, Settings
from streams.web.policy_words import ClauseText
from streams.web.questions import Questions
from streams.web.render import words

log = structlog.get_logger(__name__)

LAG_KEEP_S, LAG_TRUSTED_S = 5.0, 60.0
COLOURS = 13  # of the style sheet


@dataclass
class Facts:
    """Read once, or seldom, and shared by all requests."""

    settings: Settings
    kafka: Callable[[], KafkaSettings]
    questions: Questions
    _lag: tuple[float, int | None] = (0.0, None)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _renewing: asyncio.Task | None = None
    _packs: dict[str, Pack | None] = field(default_factory=dict)

    @cached_property
    def pack(self) -> Pack | None:
        """The pack of the settings; None when it does not check (the command line says why)."""
        try:
            return Pack.load(self.settings.policy.pack)
        except PlumblineError as error:
            log.warning("policy pack not readable; the page shows ids instead of names", error=error.what.splitlines()[0])
            return None

    async def pack_of(self, pack_hash: str) -> Pack | None:
        """The pack that judged, by its hash; None when nobody registered it."""
        if self.pack and self.pack.hash == pack_hash:
            return self.pack
        if pack_hash not in self._packs:
            try:
                self._packs[pack_hash] = await self.questions.run(lambda client: RunBook(client).pack(pack_hash))
            except PlumblineError as error:
                log.info("pack not known", pack_hash=pack_hash, error=error.what.splitlines()[0])
                return None
        return self._packs[pack_hash]

    async def revision_of(self, pack_hash: str, revision: str) -> RevisionFile | None:
        """A revision of the pack that judged."""
        pack = await self.pack_of(pack_hash)
        return next((each for each in pack.revisions if each.id == revision), None) if pack else None

    @cached_property
    def categories(self) -> Mapping[str, str]:
        """Category id -> title, in a fixed order: a category keeps its colour."""
        return {name: file.title for name, file in sorted(self.pack.detectors.items())} if self.pack else {}

    def title(self, category: str) -> str:
        """A category's name."""
        return self.categories.get(category) or words(category)

    def colour(self, category: str) -> int:
        """A category's place among the colours of the style sheet."""
        known = list(self.categories)
        return known.index(category) % COLOURS if category in known else sum(category.encode()) % COLOURS

    def clauses_of(self, category: str) -> list[ClauseText]:
        """What each revision says of a category, newest first."""
        found = []
        for revision in reversed(self.pack.revisions if self.pack else ()):
            named = dict.fromkeys(each.clause for each in revision.decisions if each.category == category and each.outcome != "none")
            texts = {each.id: each.text for each in revision.clauses}
            found += [ClauseText(revision.id, name, texts.get(name, ""), revision.starts, revision.ends) for name in named]
        return found

    async def lag(self) -> int | None:
        """Records that are in Kafka and not yet landed; None when the broker does not tell. Whoever comes soon after another sees the number that
        that one saw, and it is renewed meanwhile."""
        asked_at, value = self._lag
        age = time.monotonic() - asked_at
        if not asked_at or age > LAG_TRUSTED_S:
            return await self._renew()
        if age > LAG_KEEP_S and (self._renewing is None or self._renewing.done()):
            self._renewing = asyncio.create_task(self._renew())
        return value

    async def _renew(self) -> int | None:
        async with self._reading:
            value = await asyncio.to_thread(self._read_lag)
            self._lag = (time.monotonic(), value)
            return value

    def _read_lag(self) -> int | None:
        try:
            return sum(each["end"] - (each["committed"] or each["begin"]) for each in lag(self.kafka(), list(self.settings.intake.topics)))
        except PlumblineError as error:
            log.debug("lag not known", error=error.what)
            return None
