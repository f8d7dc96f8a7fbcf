"""kafka-python's errors to ours, at one border."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RequestTimedOutError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)

from streams.errors import ConfigurationError, MissingPart, PlumblineError, Retry

REFUSED = (SaslAuthenticationFailedError, TopicAuthorizationFailedError, UnsupportedSaslMechanismError, IllegalSaslStateError)
HANDSHAKE = "Handshake failed: [SSL"  # the driver wraps the error of TLS in a connection error
CLOSED = ("socket disconnected", "Invalid frame length")
BOOTSTRAP = logging.getLogger("kafka.net.manager")


@contextmanager
def as_ours(servers: str) -> Iterator[None]:
    """Raise our errors for those of the driver, with the broker's address in them.

    Raises:
        Retry: the broker is away or slow.
        ConfigurationError: it refuses us, or we do not trust it.
        MissingPart: the topic does not exist.
    """
    reasons = _Reasons()
    BOOTSTRAP.addHandler(reasons)
    try:
        yield
    except (KafkaError, OSError) as error:
        raise classify(error, servers, reasons.found) from error
    finally:
        BOOTSTRAP.removeHandler(reasons)


def classify(error: BaseException, servers: str, reasons: list[BaseException]) -> PlumblineError:
    """What the caller should do about a driver's error. `reasons`: why its attempts to connect failed."""
    show = "plumbline config show kafka"
    for each in (error, *reasons):
        if isinstance(each, REFUSED):
            return ConfigurationError(f"the broker {servers} refuses access: {each}", cause="kafka.sasl_* or its access rules", command=show)
        if isinstance(each, ssl.SSLError) or HANDSHAKE in str(each):
            cause = "kafka.tls.ca_file does not vouch for its certificate, or it speaks no TLS there"
            return ConfigurationError(f"there is no TLS connection with the broker {servers}: {each}", cause=cause, command=show)
        if isinstance(each, FileNotFoundError | PermissionError):
            return ConfigurationError(f"a file of kafka.tls cannot be read: {each}", cause="a wrong path or mode", command=show)
    if isinstance(error, UnknownTopicOrPartitionError):
        return MissingPart(f"a topic does not exist on {servers}: {error}", cause="topics were not made", command="plumbline topics")
    if isinstance(error, MessageSizeTooLargeError):
        return ConfigurationError("a record is larger than the broker admits", cause="kafka.max_record_bytes", command="plumbline config show")
    told = [each for each in reasons if not isinstance(each, RequestTimedOutError)]  # its last attempt is cut short by its own patience
    if told and all(any(sign in str(each) for sign in CLOSED) for each in told):
        # The driver loses a refusal that arrives together with the end of the connection.
        cause = "it closes every connection: kafka.sasl_* is wrong, or kafka.security_protocol is not what that port speaks"
        return Retry(f"the broker {servers} does not let us in: {error}", cause=cause, command=show)
    cause = f"the last attempt failed with: {reasons[-1]}" if reasons else "it is starting, stopped or unreachable"
    return Retry(f"the broker {servers} does not answer: {error}", cause=cause, command="plumbline doctor")


class _Reasons(logging.Handler):
    """The driver retries to connect until its time is up, and then says only that it is; why is in what it logs meanwhile."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.extend(each for each in record.args or () if isinstance(each, BaseException) and not isinstance(each, KafkaTimeoutError))
