"""One evaluation: what landed -> facts -> firings -> alerts -> outbox. Running it twice, on two machines or after a crash writes the same rows."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog

from schemas.alert_rules import span_seconds
from streams.alerts.book import AlertBook, Delivery, Evaluated
from streams.alerts.evaluation import evaluate
from streams.alerts.facts import DAY, HOUR, Landing, Range
from streams.alerts.incidents import Incident, advance
from streams.alerts.notices import due_notices
from streams.alerts.reading import FactsReader
from streams.alerts.rules import AlertRules
from streams.alerts.silences import Silences
from streams.clickhouse.client import ClickHouse
from streams.settings_alerts import AlertsSettings

log = structlog.get_logger(__name__)

LOOK_BACK = 2 * DAY  # evaluated at each time, whatever landed
OVERLAP = timedelta(minutes=2)  # clocks of workers differ
AT_LEAST_EVERY_S = 15.0  # what only time brings about: alerts that resolve, silences that end, absences
EVER = datetime(1970, 1, 2, tzinfo=UTC)


class Evaluation(NamedTuple):
    """What one evaluation did."""

    changed: list[Incident]
    deliveries: list[Delivery]
    span: Range
    seconds: float


class Engine:
    """The evaluator of one process."""

    def __init__(
        self,
        client: ClickHouse,
        rules: AlertRules,
        settings: AlertsSettings,
        *,
        name: str = "alerts",
        waiting: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._book, self._reader = AlertBook(client), FactsReader(client)
        self._rules, self._settings, self._name, self._waiting = rules, settings, name, waiting
        self._last: tuple[datetime | None, float] = (None, float("-inf"))
        self._started: datetime | None = None
        self._silences = Silences()

    def due(self) -> bool:
        """Whether something landed since the last evaluation, or it is time anyway."""
        landed, evaluated_at = self._last
        if time.monotonic() - evaluated_at >= AT_LEAST_EVERY_S:
            return True
        return self._book.touched(EVER, EVER).landed_at != landed

    def evaluate(self, now: datetime) -> Evaluation:
        """Evaluate everything that landings since the last evaluation may have changed.

        Raises:
            Retry: as the client raises it; nothing is lost by trying again.
        """
        began = time.monotonic()
        self._started = self._started or now
        oldest = now - timedelta(days=self._settings.history_days)
        before = self._book.evaluated()
        touched = self._book.touched(before.landed_until - OVERLAP if before else EVER, oldest)
        span = self._range(now, touched.earliest)
        if touched.earliest and touched.earliest.timestamp() < now.timestamp() - LOOK_BACK:
            self._reader.forget()
        # Nobody was watching before this process began: a pause of the whole system is no absence.
        landed = max(touched.landed_at, self._started) if touched.landed_at else None
        landing = Landing(int(landed.timestamp()) if landed else 0, self._waiting())
        rules = self._rules.rules.values()
        facts = self._reader.read(rules, span, known_since=int(oldest.timestamp()) // HOUR * HOUR, landing=landing)
        deliver_within = int(self._settings.deliver_within_h * HOUR)
        firings = self._silences.lasting(evaluate(rules, facts, span), span.now)
        cooldown = max((span_seconds(rule.cooldown) for rule in rules), default=DAY)
        stored = self._book.stored(datetime.fromtimestamp(max(0, span.since - cooldown), UTC))
        changed = advance(stored, firings, span.now, deliver_within)
        self._book.write_alerts(changed, self._rules.hash, now)
        deliveries = self._notify({each.alert_id: each for each in (*stored, *changed)}, now)
        seconds = time.monotonic() - began
        done = Evaluated(touched.landed_at or EVER, self._rules.hash)
        if before is None or done != before:
            self._book.write_evaluation(self._name, done, now, seconds)
        self._last = (touched.landed_at, time.monotonic())
        return Evaluation(changed, deliveries, span, seconds)

    def _range(self, now: datetime, earliest: datetime | None) -> Range:
        end = int(now.timestamp())
        since = min(end - LOOK_BACK, int(earliest.timestamp()) if earliest else end)
        return Range(since, end)

    def _notify(self, incidents: dict[str, Incident], now: datetime) -> list[Delivery]:
        if not self._settings.routes or not incidents:
            return []
        lately = now - timedelta(seconds=LOOK_BACK)
        standing = self._book.standing(lately)
        told = self._book.told(incidents)
        routes, page_url, late_wait_s = self._settings.routes, self._settings.page_url, self._settings.late_wait_s
        notices = due_notices(incidents.values(), standing, told, routes, int(now.timestamp()), page_url, late_wait_s)
        return self._book.write_notices(notices, now)
