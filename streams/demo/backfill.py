"""The history into Kafka, once: an interrupted backfill goes on where the broker had acknowledged it, a finished one is not repeated."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from streams.decode.decoder import DAYS_PER_MONTH
from streams.demo.history import history
from streams.demo.incidents import DAY_S
from streams.demo.marker import Marker, read_marker, shape, write_marker
from streams.demo.traffic import Traffic
from streams.imports.sending import Producer
from streams.settings import Settings

PORTION = 5_000


def planned(settings: Settings, now_s: float, *, again: bool) -> Marker:
    """What is to be sent: the unfinished or finished history of the data folder, or a new one that ends at `now_s`."""
    marker = read_marker(settings.data_dir)
    if marker is None or again:
        return Marker.begin(now_s, settings.demo)
    if not marker.done and marker.of != shape(settings.demo):  # begun with other settings: what was sent stays, and this one is sent whole
        return replace(Marker.begin(now_s, settings.demo), now=marker.now)
    return marker


def backfill(settings: Settings, producer: Producer, marker: Marker, *, topic: str, advance: Callable[[int], None]) -> Marker:
    """Send what `marker` has not sent yet; returns it done. It is written after each portion that the broker has acknowledged.

    Args:
        advance: is told how many records of the whole history are acknowledged.

    Raises:
        Retry: the broker did not acknowledge.
    """
    write_marker(settings.data_dir, marker)
    oldest_s = marker.now_s - settings.retention.events_months * DAYS_PER_MONTH * DAY_S
    records = history(Traffic(settings.demo), settings.demo, marker.now_s, oldest_s=oldest_s)
    rest = islice(records, marker.sent, None)
    while portion := list(islice(rest, PORTION)):
        for record in portion:
            producer.send(topic, key=record.organization_id.encode(), value=record.value)
        producer.flush()
        marker = marker.acknowledged(marker.sent + len(portion))
        write_marker(settings.data_dir, marker)
        advance(marker.sent)
    marker = replace(marker, done=True)
    write_marker(settings.data_dir, marker)
    return marker
