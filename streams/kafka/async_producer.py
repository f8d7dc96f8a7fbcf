"""The producer of a process that lives in an event loop: `deliver` returns when the broker has acknowledged every record."""

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.helpers import create_ssl_context

from schemas import ReasonCode
from streams.errors import ConfigurationError, MissingPart, PlumblineError, Reject, Retry
from streams.kafka.security import client_options
from streams.settings import KafkaSettings, Tls

REQUEST_TIMEOUT_MS = 10_000
DELIVERY_S = 20.0
CLOSE_S = 3.0


class Outgoing(NamedTuple):
    """One record to be produced."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class AsyncEventProducer:
    """acks=all and idempotent. It connects at first use, and anew after a failure, wherever the broker is by then.

    Args:
        kafka: says where the broker is, each time that a connection is made.
    """

    def __init__(self, kafka: Callable[[], KafkaSettings]) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()

    async def connect(self) -> AIOKafkaProducer:
        """The connected producer.

        Raises:
            Retry: the broker is away.
            ConfigurationError: it refuses us.
            MissingPart: none is named and none runs.
        """
        async with self._connecting:
            if self._producer is None:
                kafka = self._kafka()
                producer = AIOKafkaProducer(**_options(kafka))
                try:
                    with _as_ours(kafka.bootstrap_servers):
                        async with asyncio.timeout(DELIVERY_S):
                            await producer.start()
                except BaseException:
                    await _close(producer)
                    raise
                self._producer = producer
            return self._producer

    async def deliver(self, topic: str, records: Sequence[Outgoing]) -> None:
        """Send all and wait for every acknowledgement.

        Raises:
            Retry: the broker did not acknowledge in time; some of the records may have arrived.
            MissingPart, ConfigurationError: the topic does not exist, or access is refused.
            Reject: a record is larger than the broker admits; some of the others may have arrived.
        """
        producer = await self.connect()
        try:
            with _as_ours(self._kafka().bootstrap_servers):
                async with asyncio.timeout(DELIVERY_S):
                    sent = [await producer.send(topic, one.value, key=one.key, headers=list(one.headers)) for one in records]
                    await asyncio.gather(*sent)
        except Reject:
            raise
        except PlumblineError:
            # An idempotent producer whose batch expired has lost its place in the sequence: the next delivery starts afresh.
            await self._discard(producer)
            raise

    async def _discard(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
            await _close(producer)

    async def close(self) -> None:
        """Send what waits and disconnect; what the broker does not take in time is given up."""
        if self._producer is not None:
            await self._discard(self._producer)


async def _close(producer: AIOKafkaProducer) -> None:
    with suppress(Exception):
        async with asyncio.timeout(CLOSE_S):
            await producer.stop()


@contextmanager
def _as_ours(servers: str) -> Iterator[None]:
    try:
        yield
    except (SaslAuthenticationFailed, TopicAuthorizationFailedError) as error:
        raise ConfigurationError(
            f"the broker {servers} refuses access: {error}", cause="kafka.sasl_* or its access rules", command="plumbline doctor"
        ) from error
    except UnknownTopicOrPartitionError as error:
        raise MissingPart(f"a topic does not exist on {servers}", cause="topics were not made", command="plumbline up") from error
    except MessageSizeTooLargeError as error:
        raise Reject(ReasonCode.TOO_LARGE, "an event is larger than the broker admits (kafka.max_record_bytes)") from error
    except (KafkaError, OSError, TimeoutError) as error:
        what = f"the broker {servers} does not answer: {error or type(error).__name__}"
        raise Retry(what, cause="it is starting, stopped or unreachable", command="plumbline doctor") from error


def _options(kafka: KafkaSettings) -> dict:
    shared = client_options(kafka)
    names = ("bootstrap_servers", "security_protocol", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password")
    options = {name: shared[name] for name in names if name in shared}
    if kafka.security_protocol.endswith("SSL"):
        options["ssl_context"] = _tls(kafka.tls)
    return options | {
        "acks": "all", "enable_idempotence": True, "compression_type": "lz4", "linger_ms": 2, "max_batch_size": 256 * 1024,
        "max_request_size": kafka.max_record_bytes + 65_536, "request_timeout_ms": REQUEST_TIMEOUT_MS,
    }  # fmt: skip


def _tls(tls: Tls) -> ssl.SSLContext:
    paths = {"cafile": tls.ca_file, "certfile": tls.cert_file, "keyfile": tls.key_file}
    return create_ssl_context(**{name: str(path) for name, path in paths.items() if path})
