"""Settings to the options of kafka-python."""

from typing import Any

from streams.errors import ConfigurationError
from streams.settings import KafkaSettings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


def client_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Options that every client of kafka-python takes.

    Raises:
        ConfigurationError: no broker is named, or a password would cross a network in clear text.
    """
    servers = [server.strip() for server in kafka.bootstrap_servers.split(",") if server.strip()]
    if not servers:
        command = "plumbline up, or export PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS=host:9092"
        raise ConfigurationError("no broker is named", cause="kafka.bootstrap_servers is empty", command=command)
    if kafka.security_protocol == "SASL_PLAINTEXT" and any(server.rsplit(":", 1)[0] not in LOOPBACK for server in servers):
        raise ConfigurationError(
            "the broker's password would cross the network in clear text",
            cause="kafka.security_protocol is SASL_PLAINTEXT and the broker is not on this machine",
            command="export PLUMBLINE_KAFKA__SECURITY_PROTOCOL=SASL_SSL",
        )
    options: dict[str, Any] = {"bootstrap_servers": servers, "security_protocol": kafka.security_protocol}
    if kafka.security_protocol.startswith("SASL"):
        password = kafka.sasl_password.get_secret_value()
        options |= {"sasl_mechanism": kafka.sasl_mechanism, "sasl_plain_username": kafka.sasl_username, "sasl_plain_password": password}
    if kafka.security_protocol.endswith("SSL"):
        files = {"ssl_cafile": kafka.tls.ca_file, "ssl_certfile": kafka.tls.cert_file, "ssl_keyfile": kafka.tls.key_file}
        options |= {"ssl_check_hostname": True, **{name: str(path) for name, path in files.items() if path}}
    return options
