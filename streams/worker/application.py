"""The Faust application: one agent on the events topics, raw bytes in, nothing acknowledged before it has landed."""

import ssl
from collections.abc import Callable
from typing import Any

import faust
from aiokafka.helpers import create_ssl_context

from streams.kafka import headers
from streams.kafka.chunks import Chunk, ChunkApp
from streams.kafka.security import client_options
from streams.settings import KafkaSettings, Settings, Tls
from streams.worker.packed import Packed
from streams.worker.pipeline import Work

AGENT = "audit"  # named, so that nothing on the wire carries a Python module path


def build_app(settings: Settings, put: Callable[[Work], None]) -> faust.App:
    """The app whose agent hands every chunk to `put`. With the setting `kafka.consumer = "stock"`, Faust's own consumer hands single records."""
    kafka, worker = settings.kafka, settings.worker
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    headers.install()
    kind = ChunkApp if kafka.consumer == "chunked" else faust.App
    app = kind(
        kafka.group_id,
        broker=[f"kafka://{server.strip()}" for server in kafka.bootstrap_servers.split(",")],
        **_security(kafka),
        processing_guarantee="at_least_once",
        key_serializer="raw",
        value_serializer="raw",
        stream_buffer_maxsize=2 * worker.in_flight_chunks if kind is ChunkApp else 4096,
        stream_wait_empty=False,  # an unbounded wait: what is in flight is read again instead, and changes nothing
        broker_max_poll_records=worker.chunk_records,
        consumer_max_fetch_size=worker.fetch_bytes,
        broker_commit_interval=0.5,
        broker_session_timeout=kafka.session_timeout_s,
        broker_request_timeout=max(90.0, 2 * kafka.session_timeout_s),
        broker_heartbeat_interval=min(3.0, kafka.session_timeout_s / 3),
        broker_max_poll_interval=24 * 3600.0,  # ClickHouse may be away for hours; readiness tells, the group need not rebalance
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=kafka.group_instance_id or None,
        table_standby_replicas=0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        producer_acks=-1,
        producer_max_request_size=2 * kafka.max_record_bytes,
        web_enabled=False,
        datadir=settings.data_dir / "faust",
    )
    if isinstance(app, ChunkApp):
        app.chunked_topics, app.chunk_limit = frozenset(settings.intake.topics), worker.in_flight_chunks
    topic = app.topic(*settings.intake.topics, key_serializer="raw", value_serializer="raw")

    @app.agent(topic, name=AGENT)
    async def audit(stream: faust.Stream) -> None:
        async for event in stream.noack().events():
            put(work_of(event))

    return app


def work_of(event: Any) -> Work:
    """A Faust event, of a chunk or of a single record, as work for the pipeline."""
    message, chunk = event.message, event.value
    if not isinstance(chunk, Chunk):
        chunk = Chunk([_Single(message, event.value)], message.offset, message.offset)
    packed = Packed.of(message.topic, message.partition, chunk.records)
    chunk.records.clear()  # Faust keeps the message until it is acknowledged; the records need not stay with it
    return Work(message.topic, message.partition, packed, chunk.first_offset, chunk.last_offset, event.ack)


class _Single:
    """A record as the stock consumer shows it, with the names that aiokafka uses."""

    def __init__(self, message: Any, value: bytes | None) -> None:
        self.offset, self.timestamp, self.key, self.value = message.offset, int(message.timestamp * 1000), message.key, value
        headers = message.headers or ()
        self.headers = tuple(headers.items() if isinstance(headers, dict) else headers)


def _security(kafka: KafkaSettings) -> dict[str, Any]:
    """Credentials as objects, never in the broker's URL, which Faust logs."""
    client_options(kafka)  # the same refusals as every other client: no broker named, a password in clear text
    context = _tls(kafka.tls) if kafka.security_protocol.endswith("SSL") else None
    if kafka.security_protocol.startswith("SASL"):
        credentials = faust.SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.sasl_password.get_secret_value(),
            ssl_context=context,  # forgetting it would send the password in clear text
            mechanism=kafka.sasl_mechanism,
        )
        return {"broker_credentials": credentials}
    return {"broker_credentials": faust.SSLCredentials(context)} if context else {}


def _tls(tls: Tls) -> ssl.SSLContext:
    paths = {"cafile": tls.ca_file, "certfile": tls.cert_file, "keyfile": tls.key_file}
    return create_ssl_context(**{name: str(path) for name, path in paths.items() if path})
