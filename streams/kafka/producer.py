"""The producer of events: every delivery is checked, nothing is dropped silently."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.errors import PlumblineError, Retry
from streams.kafka.failures import as_ours
from streams.kafka.security import client_options
from streams.settings import KafkaSettings

IN_FLIGHT_RECORDS = 20_000  # beyond that, `send` waits for acknowledgements: memory stays bounded


class EventProducer:
    """acks=all and idempotent. `send` hands over, `flush` returns when the broker has acknowledged everything or raises."""

    def __init__(self, kafka: KafkaSettings, *, linger_ms: int = 5) -> None:
        self._servers = kafka.bootstrap_servers
        self._failure: BaseException | None = None
        self._lock, self._waiting = threading.Lock(), 0
        with as_ours(self._servers):
            self._producer = KafkaProducer(
                **client_options(kafka), acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=linger_ms,
                batch_size=256 * 1024, max_request_size=kafka.max_record_bytes + 65_536, delivery_timeout_ms=60_000, max_block_ms=10_000,
                bootstrap_timeout_ms=10_000,
            )  # fmt: skip

    def send(
        self, topic: str, *, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] = (), partition: int | None = None
    ) -> Any:
        """Hand a record over; returns the delivery's future. Waits when too much is unacknowledged. Without a partition, the key tells it."""
        if self._waiting >= IN_FLIGHT_RECORDS:
            self.flush()
        with as_ours(self._servers):
            future = self._producer.send(topic, value=value, key=key, headers=list(headers), partition=partition)
        with self._lock:
            self._waiting += 1
        future.add_errback(self._failed)
        future.add_callback(self._delivered)
        return future

    def _delivered(self, _metadata: Any) -> None:
        with self._lock:
            self._waiting -= 1

    def _failed(self, error: BaseException) -> None:
        with self._lock:
            self._waiting -= 1
            self._failure = self._failure or error

    def flush(self, timeout_s: float = 60) -> None:
        """Wait for every acknowledgement.

        Raises:
            Retry: a delivery failed or timed out; what was sent since the last successful flush may or may not have arrived.
        """
        with as_ours(self._servers):
            self._producer.flush(timeout=timeout_s)
        with self._lock:
            failure, self._failure = self._failure, None
        if failure:
            if isinstance(failure, KafkaError):
                with as_ours(self._servers):
                    raise failure
            raise Retry(f"the broker did not acknowledge: {failure}", cause="it is overloaded or unreachable", command="plumbline doctor")

    def close(self, timeout_s: float = 60) -> None:
        """Flush and close; what is not acknowledged within the time is given up, with an error."""
        try:
            self.flush(timeout_s)
        finally:
            with as_ours(self._servers):
                self._producer.close(timeout=min(5, timeout_s))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
            return
        with suppress(PlumblineError):  # the first error tells more
            self.close(timeout_s=1)
