"""Whether the receiver of a route can be reached, and would believe us, without telling it anything."""

import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from streams.alerts.channels import address_of, signed
from streams.alerts.guard import check_url, guarded_sockets
from streams.alerts.mail import mail_server
from streams.settings_alerts import AlertRoute, AlertsSettings

PROBE = '{"probe":"never sent"}'


def reach(route: AlertRoute, settings: AlertsSettings, timeout_s: float) -> str:
    """Says how it was reached: name, port and encryption. A topic is not dialled.

    Raises:
        PlumblineError: what the settings say of it is refused.
        OSError, SMTPException: it cannot be reached, or does not admit us.
    """
    if route.kind == "kafka":
        return "the topic, by the broker"
    if route.kind == "email":
        with mail_server(settings.smtp, timeout_s) as server:
            server.noop()
        return f"{settings.smtp.host}:{settings.smtp.port}{' with STARTTLS' if settings.smtp.starttls else ''}"
    url = address_of(route)
    check_url(url, settings.internal_receivers)
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    with _dialled(parts.hostname or "", port, settings, timeout_s) as connection:
        if parts.scheme != "https":
            return f"{parts.hostname}:{port}, in clear text"
        with ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname) as encrypted:
            return f"{parts.hostname}:{port}, {encrypted.version()}"


def verifies(route: AlertRoute) -> int:
    """How many secrets a webhook is signed with, each of which verifies what is signed.

    Raises:
        WebhookVerificationError: one does not.
    """
    headers = signed(route, "msg_probe", PROBE, datetime.now(UTC))
    for secret in route.secrets:
        Webhook(secret.get_secret_value()).verify(PROBE, headers)
    return len(route.secrets)


def _dialled(host: str, port: int, settings: AlertsSettings, timeout_s: float) -> socket.socket:
    """A connection to the first address that takes one, by the same guard as deliveries.

    Raises:
        OSError: none does.
    """
    make, failure = guarded_sockets(settings.internal_receivers), OSError(f"{host} has no address")
    for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            connection = make(info)
            connection.settimeout(timeout_s)
            connection.connect(info[4])
        except OSError as error:
            failure = error
        else:
            return connection
    raise failure
