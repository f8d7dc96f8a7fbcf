"""kafka-python's errors to ours, at one border."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from streams.errors import ConfigurationError, MissingPart, Retry


@contextmanager
def as_ours(servers: str) -> Iterator[None]:
    """Raise our errors for those of the driver, with the broker's address in them.

    Raises:
        Retry: the broker is away or slow.
        ConfigurationError: it refuses us.
        MissingPart: the topic does not exist.
    """
    try:
        yield
    except (SaslAuthenticationFailedError, TopicAuthorizationFailedError) as error:
        raise ConfigurationError(
            f"the broker {servers} refuses access: {error}", cause="kafka.sasl_* or its access rules", command="plumbline doctor"
        ) from error
    except UnknownTopicOrPartitionError as error:
        raise MissingPart(f"a topic does not exist on {servers}: {error}", cause="topics were not made", command="plumbline topics") from error
    except MessageSizeTooLargeError as error:
        raise ConfigurationError(
            "a record is larger than the broker admits", cause="kafka.max_record_bytes", command="plumbline config show"
        ) from error
    except (KafkaError, OSError) as error:
        raise Retry(
            f"the broker {servers} does not answer: {error}", cause="it is starting, stopped or unreachable", command="plumbline doctor"
        ) from error
