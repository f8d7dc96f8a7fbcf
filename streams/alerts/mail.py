"""Alerts by mail."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from streams.alerts.retries import Answer
from streams.errors import ConfigurationError
from streams.settings_alerts import SmtpSettings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@contextmanager
def mail_server(smtp: SmtpSettings, timeout_s: float) -> Iterator[smtplib.SMTP]:
    """A session in which mail may be sent. Each step may take so long.

    Raises:
        ConfigurationError: none is set, or the password would be readable on its way.
        SMTPException, OSError: it is not there, or refuses us.
    """
    if not smtp.host:
        raise ConfigurationError("alerts.smtp.host is not set", command="export PLUMBLINE_ALERTS__SMTP__HOST=…")
    if smtp.username and not smtp.starttls and smtp.host not in LOOPBACK:
        command = "export PLUMBLINE_ALERTS__SMTP__STARTTLS=true"
        raise ConfigurationError("the mail server's password would cross the network in clear text", command=command)
    with smtplib.SMTP(smtp.host, smtp.port, timeout=timeout_s) as server:
        if smtp.starttls:
            server.starttls(context=ssl.create_default_context())
        if smtp.username:
            server.login(smtp.username, smtp.password.get_secret_value())
        yield server


def send_mail(smtp: SmtpSettings, to: Sequence[str], delivery_id: str, body: Mapping[str, Any], timeout_s: float) -> Answer:
    """Hand a mail to the server. The same delivery has the same Message-ID at each attempt."""
    domain = smtp.sender.rpartition("@")[2] or "localhost"
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = body["subject"], smtp.sender, ", ".join(to)
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"], mail["References"] = f"<{delivery_id}@{domain}>", f"<{body['thread']}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body["text"])
    with mail_server(smtp, timeout_s) as server:
        refused = server.send_message(mail)
    return Answer(250, text=f"refused: {', '.join(refused)}" if refused else "")
