"""What an error of the driver means, when all that it says is that its time is up."""

from kafka.errors import KafkaConnectionError, KafkaTimeoutError, RequestTimedOutError

from streams.kafka.failures import classify

GONE, LATE = KafkaConnectionError("socket disconnected"), RequestTimedOutError("Request timed out after 102 ms")


def cause(*reasons: Exception) -> str:
    return classify(KafkaTimeoutError("Unable to bootstrap"), "127.0.0.1:9092", list(reasons)).cause


def test_connections_that_are_all_closed_hint_at_the_password_also_when_the_last_attempt_is_cut_short() -> None:
    assert "kafka.sasl_*" in cause(GONE, GONE)
    assert "kafka.sasl_*" in cause(GONE, GONE, LATE)


def test_a_broker_that_only_is_late_or_refuses_connections_has_another_cause() -> None:
    assert "kafka.sasl_*" not in cause(LATE)
    assert "kafka.sasl_*" not in cause(GONE, KafkaConnectionError("connection refused"))
    assert "kafka.sasl_*" not in cause()
