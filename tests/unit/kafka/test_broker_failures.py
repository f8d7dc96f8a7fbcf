"""kafka-python's errors become ours: what may pass is repeated, what cannot is said with the setting that mends it."""

import logging
from pathlib import Path

import pytest
from kafka.errors import (
    KafkaConnectionError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailedError,
    UnknownTopicOrPartitionError,
)

from streams.errors import ConfigurationError, MissingPart, Retry
from streams.kafka.failures import as_ours
from streams.kafka.security import client_options
from streams.settings import KafkaSettings, Settings, Tls
from streams.worker.application import build_app

DRIVER = logging.getLogger("kafka.net.manager")
TIMEOUT = KafkaTimeoutError("Unable to bootstrap")


@pytest.mark.parametrize(
    ("reason", "error", "said"),
    [
        (SaslAuthenticationFailedError("no"), ConfigurationError, "refuses access"),
        (KafkaConnectionError("Handshake failed: [SSL: CERTIFICATE_VERIFY_FAILED]"), ConfigurationError, "no TLS connection"),
        (FileNotFoundError(2, "No such file"), ConfigurationError, "kafka.tls"),
        (KafkaConnectionError("socket disconnected"), Retry, "kafka.sasl_. is wrong"),
        (KafkaConnectionError("111 ECONNREFUSED"), Retry, "111 ECONNREFUSED"),
        (None, Retry, "unreachable"),
    ],
)
def test_why_no_attempt_to_connect_succeeded_is_said_although_the_driver_only_says_that(reason, error, said):
    with pytest.raises(error, match=said), as_ours("broker:9093"):
        if reason is not None:
            DRIVER.warning("Bootstrap connection to %s failed: %s", "bootstrap-0", reason)
        raise TIMEOUT


def test_reasons_of_an_earlier_call_do_not_count():
    DRIVER.warning("Bootstrap connection to %s failed: %s", "bootstrap-0", SaslAuthenticationFailedError("no"))
    with pytest.raises(Retry), as_ours("broker:9093"):
        raise TIMEOUT


@pytest.mark.parametrize(
    ("raised", "ours"), [(UnknownTopicOrPartitionError(), MissingPart), (MessageSizeTooLargeError(), ConfigurationError), (OSError("away"), Retry)]
)
def test_each_error_tells_what_to_do(raised, ours):
    with pytest.raises(ours), as_ours("broker:9092"):
        raise raised


@pytest.mark.parametrize(
    ("servers", "refused"),
    [("127.0.0.1:9092", False), ("localhost:9092,[::1]:9092", False), ("broker:9092", True), ("127.0.0.1:9092,10.0.0.1:9092", True)],
)
def test_a_password_never_crosses_a_network_in_clear_text(servers, refused, tmp_path):
    kafka = KafkaSettings(bootstrap_servers=servers, security_protocol="SASL_PLAINTEXT")
    if not refused:
        assert client_options(kafka)["security_protocol"] == "SASL_PLAINTEXT"
        return
    with pytest.raises(ConfigurationError, match="clear text"):
        client_options(kafka)
    with pytest.raises(ConfigurationError, match="clear text"):
        build_app(Settings(data_dir=tmp_path, kafka=kafka), lambda _work: None)


def test_tls_always_checks_the_host_name_and_takes_the_files_that_are_set():
    kafka = KafkaSettings(bootstrap_servers="b:9093", security_protocol="SSL", tls=Tls(ca_file=Path("ca.pem")))
    options = client_options(kafka)
    assert (options["ssl_check_hostname"], options["ssl_cafile"]) == (True, "ca.pem")
    assert "ssl_certfile" not in options
