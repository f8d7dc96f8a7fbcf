"""SASL and TLS on real parts: a broker with a SASL_SSL listener, and the store behind a TLS proxy. Right credentials work, wrong ones say why."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import NamedTuple

import pytest
from kafka.admin import KafkaAdminClient, ScramMechanism, UserScramCredentialUpsertion
from pydantic import SecretStr

from streams.clickhouse.client import ClickHouse
from streams.errors import ConfigurationError, MissingPart, Retry
from streams.kafka.admin import ensure_topics
from streams.kafka.broker import Broker, find_jars
from streams.kafka.facts import broker_facts
from streams.kafka.producer import EventProducer
from streams.kafka.security import client_options
from streams.settings import KafkaSettings, Settings, Tls
from streams.worker.application import build_app

pytestmark = pytest.mark.integration
LOGIN = "org.apache.kafka.common.security"


class Certificate(NamedTuple):
    """A certificate for 127.0.0.1 only (not for localhost), and its key."""

    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Certificate:
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    subject = ["-subj", "/CN=plumbline-test", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, "-keyout", made.key, "-out", made.certificate]
    subprocess.run(command, check=True, capture_output=True)
    return made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# -- Kafka


def secured(values: dict, certificate: Certificate, port: int) -> dict:
    """The broker's properties with a SASL_SSL listener beside the plain one."""
    address, store = f",SECURE://127.0.0.1:{port}", certificate.key.with_name("broker.pem")
    store.write_text(certificate.key.read_text() + certificate.certificate.read_text())
    return {
        **values,
        "listeners": values["listeners"] + address,
        "advertised.listeners": values["advertised.listeners"] + address,
        "listener.security.protocol.map": values["listener.security.protocol.map"] + ",SECURE:SASL_SSL",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.name.secure.sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN",
        "listener.name.secure.plain.sasl.jaas.config": f'{LOGIN}.plain.PlainLoginModule required user_auditor="right";',
        "listener.name.secure.scram-sha-512.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
        "listener.name.secure.scram-sha-256.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
        "listener.name.secure.ssl.keystore.type": "PEM",
        "listener.name.secure.ssl.keystore.location": store,
    }


@pytest.fixture(scope="module")
def secure(certificate, tmp_path_factory):
    """Settings that fit the secure listener of a real broker."""
    settings, port = Settings(data_dir=tmp_path_factory.mktemp("secure") / "data"), free_port()
    try:
        find_jars(settings)
    except MissingPart as error:
        pytest.skip(str(error))
    with Broker(settings, adjust=lambda values: secured(values, certificate, port)) as broker:
        admin = KafkaAdminClient(**client_options(broker.kafka))
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
            admin.alter_user_scram_credentials([UserScramCredentialUpsertion("auditor", mechanism, "right")])
        admin.close()
        yield KafkaSettings(
            bootstrap_servers=f"127.0.0.1:{port}",
            security_protocol="SASL_SSL",
            sasl_username="auditor",
            sasl_password=SecretStr("right"),
            tls=Tls(ca_file=certificate.certificate),
        )


MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_right_password_admits_admin_producer_and_worker(secure, tmp_path, mechanism):
    kafka = secure.model_copy(update={"sasl_mechanism": mechanism})
    ensure_topics(kafka)
    producer = EventProducer(kafka)
    producer.send("usage.events", key=None, value=mechanism.encode())
    producer.close()
    values = asyncio.run(read_by_worker(kafka, tmp_path, mechanism.encode()))
    assert mechanism.encode() in values


async def read_by_worker(kafka: KafkaSettings, folder: Path, awaited: bytes) -> list[bytes]:
    """Values that the worker's Faust app hands on, until the awaited one is among them."""
    handed: list[bytes] = []
    app = build_app(
        Settings(data_dir=folder, kafka=kafka.model_copy(update={"group_id": f"group-{kafka.sasl_mechanism}"})),
        lambda work: handed.extend(record.value for record in work.records.records()),
    )
    app.finalize()
    try:
        await asyncio.wait_for(app.start(), 60)
        async with asyncio.timeout(60):  # a new broker may take its time to make the group's topic
            while awaited not in handed:
                await asyncio.sleep(0.1)
    finally:
        await asyncio.wait_for(app.stop(), 20)
    return handed


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_is_refused_and_said(secure, mechanism):
    kafka = secure.model_copy(update={"sasl_mechanism": mechanism, "sasl_password": SecretStr("wrong-canary")})
    with pytest.raises((ConfigurationError, Retry), match=r"kafka\.sasl_\*") as caught:  # Retry: the driver lost the broker's answer
        broker_facts(kafka, [], timeout_ms=3_000)
    assert "wrong-canary" not in str(caught.value)
    assert caught.value.command == "plumbline config show kafka"


def test_the_worker_does_not_start_with_a_wrong_password(secure, tmp_path):
    with pytest.raises(Exception, match="Unable to bootstrap"):
        asyncio.run(read_by_worker(secure.model_copy(update={"sasl_password": SecretStr("wrong")}), tmp_path, b"never"))


def test_a_broker_that_nobody_vouches_for_is_refused(secure):
    with pytest.raises(ConfigurationError, match="CERTIFICATE_VERIFY_FAILED"):
        broker_facts(secure.model_copy(update={"tls": Tls()}), [], timeout_ms=3_000)


def test_a_certificate_of_another_host_name_is_refused(secure):
    elsewhere = secure.bootstrap_servers.replace("127.0.0.1", "localhost")
    with pytest.raises(ConfigurationError, match="Hostname mismatch"):
        broker_facts(secure.model_copy(update={"bootstrap_servers": elsewhere}), [], timeout_ms=3_000)


def test_plain_text_to_a_listener_that_wants_tls_does_not_get_through(secure):
    with pytest.raises(Retry, match=r"kafka\.security_protocol"):
        broker_facts(secure.model_copy(update={"security_protocol": "SASL_PLAINTEXT"}), [], timeout_ms=2_000)


# -- ClickHouse


@pytest.fixture(scope="module")
def tls_url(store, certificate):
    """The store behind a proxy that speaks TLS, as a load balancer would."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    listener = socket.create_server(("127.0.0.1", 0))
    port = int(store.settings.url.rpartition(":")[2])

    def pipe(source: socket.socket, target: socket.socket) -> None:
        try:
            while block := source.recv(65_536):
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(plain,), daemon=True).start()

    def handle(plain: socket.socket) -> None:
        try:
            near = context.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        far = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=pipe, args=(far, near), daemon=True).start()
        pipe(near, far)

    threading.Thread(target=serve, daemon=True).start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


def over_tls(store, url: str, **changes):
    return store.settings.model_copy(update={"url": url, **changes})


def test_the_store_is_reached_over_tls_with_the_certificate_of_its_authority(store, tls_url, certificate):
    with ClickHouse.connect(over_tls(store, tls_url, tls=Tls(ca_file=certificate.certificate))) as client:
        assert client.rows("SELECT 1 AS one") == [{"one": 1}]


def test_a_store_that_nobody_vouches_for_is_refused(store, tls_url):
    with pytest.raises(ConfigurationError, match="CERTIFICATE_VERIFY_FAILED"):
        ClickHouse.connect(over_tls(store, tls_url))


def test_a_store_with_the_certificate_of_another_host_name_is_refused(store, tls_url, certificate):
    elsewhere = tls_url.replace("127.0.0.1", "localhost")
    with pytest.raises(ConfigurationError, match="Hostname mismatch"):
        ClickHouse.connect(over_tls(store, elsewhere, tls=Tls(ca_file=certificate.certificate)))


def test_a_wrong_password_of_the_store_is_refused_and_said(store, tls_url, certificate):
    with pytest.raises(ConfigurationError, match="refuses access"):
        ClickHouse.connect(over_tls(store, tls_url, tls=Tls(ca_file=certificate.certificate), password=SecretStr("wrong")))
