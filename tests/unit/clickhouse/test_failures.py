"""What the caller is told to do about an error."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError

from streams.clickhouse.checks import ATTEMPTS, Difference, checks, lasting
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.failures import NoSchema, classify
from streams.clickhouse.runs import live_run_id, next_start
from streams.errors import ConfigurationError, Retry, Stop
from streams.settings import ClickHouseSettings


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("connection refused"), Retry),
        (OSError("reset"), Retry),
        (DatabaseError("HTTP driver received HTTP status 503"), Retry),
        (DatabaseError("HTTP driver received HTTP status 400"), Stop),
        (DatabaseError("too many parts", code=252), Retry),
        (DatabaseError("Too many partitions for single INSERT block", code=252), Stop),
        (DatabaseError("memory", code=241), Retry),
        (DatabaseError("read-only", code=242), Retry),
        (DatabaseError("timeout", code=159), Retry),
        (DatabaseError("unknown table", code=60), NoSchema),
        (DatabaseError("wrong password", code=516), ConfigurationError),
        (DatabaseError("syntax", code=62), Stop),
        (ProgrammingError("wrong use"), Stop),
        (DatabaseError("Cannot open file /x/tmp_insert_all_1_1_0/id.bin: , errno: 28, strerror: No space left on device.", code=76), Retry),
        (DatabaseError("filesystem error: in create_directories: No space left on device", code=1001), Retry),
        (DatabaseError("Cannot create pipe: , errno: 24, strerror: Too many open files", code=298), Retry),
        (DatabaseError("Cannot open file /x: , errno: 13, strerror: Permission denied", code=76), Stop),
        (DatabaseError("no: while executing 'FUNCTION throwIf(x)': while pushing to view db.v. (NAME_OF_IT) (version 26.9)", code=395), Retry),
        (DatabaseError("no such row: while executing 'FUNCTION throwIf(x)'. (NAME_OF_IT)", code=395), Stop),
        (DatabaseError("Target table 'db.t2' of view 'db.t' doesn't exists. (UNKNOWN_TABLE)", code=60), Retry),
    ],
)
def test_an_error_says_whether_to_repeat(error, kind):
    assert type(classify(error, "http://x")) is kind


def test_the_drivers_url_is_not_repeated_in_messages():
    assert "secret" not in str(classify(DatabaseError("bad (for url http://secret:1)", code=62), "http://x"))


def test_what_is_asked_again_for_says_which_view_fails_and_what_has_run_out():
    view = DatabaseError("no: while executing 'f': while pushing to view db.of_mine. (SOME_NAME) (version 26.9)", code=395)
    assert classify(view, "http://x").what == "a materialized view of ClickHouse takes no rows: db.of_mine (code 395)"
    full = DatabaseError("Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE) (version 26.9.2.1)", code=243)
    assert classify(full, "http://x").what == "ClickHouse is not able now (code 243, NOT_ENOUGH_SPACE)"
    in_a_view = DatabaseError("not enough space: while pushing to view db.signals_day_feed. (NOT_ENOUGH_SPACE) (version 26.9)", code=243)
    assert classify(in_a_view, "http://x").command == "plumbline doctor"  # it is not the view that must be mended


def differences(*places: str) -> list[Difference]:
    return [Difference(place, 1, 2, "") for place in places]


def test_a_difference_that_goes_away_is_none():
    answers = iter([differences("a", "b"), differences("b", "c"), []])
    assert lasting(lambda: next(answers), lambda _: None) == []


def test_a_difference_that_stays_is_reported_after_all_attempts():
    attempts = []
    found = lasting(lambda: attempts.append(1) or differences("a"), lambda _: None)
    assert (found, len(attempts)) == (differences("a"), ATTEMPTS)


def test_every_check_says_what_holds_and_what_to_do():
    assert len(checks()) == 10
    assert all(check.claim and check.command for check in checks())


def test_run_names_follow_the_pack_and_how_often_it_came_back():
    assert live_run_id("0123456789abcdef", []) == "live-0123456789ab"
    assert live_run_id("0123456789abcdef", ["live-other", "live-0123456789ab"]) == "live-0123456789ab-2"
    assert live_run_id("0123456789abcdef", ["live-0123456789ab", "live-0123456789ab-2"]) == "live-0123456789ab-3"


def test_a_new_run_begins_after_every_landed_event_but_not_later_than_the_intake_admits():
    from datetime import UTC, datetime, timedelta

    now = datetime(2026, 1, 1, 12, 0, 0, 400_000, tzinfo=UTC)
    assert next_start(now, now - timedelta(days=1)) == datetime(2026, 1, 1, 12, 0, 6, tzinfo=UTC)
    assert next_start(now, now + timedelta(seconds=60)) == datetime(2026, 1, 1, 12, 1, 6, tzinfo=UTC)
    assert next_start(now, now + timedelta(days=9)) - now < timedelta(seconds=617)


def test_an_untrusted_certificate_is_a_matter_of_settings_and_a_broken_handshake_is_not() -> None:
    untrusted = OperationalError("Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))")
    assert isinstance(classify(untrusted, "https://db"), ConfigurationError)
    assert isinstance(classify(OperationalError("SSLEOFError(8, 'EOF occurred in violation of protocol')"), "https://db"), Retry)


@pytest.mark.parametrize("url", ["http://[::1", "http://host:99999", "http://host:port", "host:8123", "ftp://host", "https://", "http://host:0"])
def test_an_address_that_is_none_is_named_before_anything_is_dialled(url):
    with pytest.raises(ConfigurationError, match=r"clickhouse\.url is no address"):
        ClickHouse.connect(ClickHouseSettings(url=url))
