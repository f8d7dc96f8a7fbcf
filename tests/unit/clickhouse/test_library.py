"""The query library: headers, parameters, times."""

from datetime import UTC, datetime, timedelta

import pytest

from streams.clickhouse.library import parse, queries, query_named
from streams.errors import UsageError
from streams.moments import moment

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("now", NOW),
        ("24h", NOW - timedelta(hours=24)),
        ("7d", NOW - timedelta(days=7)),
        ("90 s", NOW - timedelta(seconds=90)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2024-06-06", datetime(2024, 6, 6, tzinfo=UTC)),
        ("2024-06-06T02:00:00+02:00", datetime(2024, 6, 6, tzinfo=UTC)),
    ],
)
def test_times_are_ages_dates_or_now(text, time):
    assert moment(text, NOW) == time


@pytest.mark.parametrize("text", ["", "7", "7y", "yesterday", "h", "-7d"])
def test_other_texts_are_no_times(text):
    with pytest.raises(ValueError):
        moment(text, NOW)


def test_every_query_has_its_header_and_declares_exactly_the_parameters_it_uses(folder="queries"):
    import re

    for query in queries(folder).values():
        assert query.question and query.owner and query.grain, query.name
        used = set(re.findall(r"\{(\w+):", "\n".join(line for line in query.sql.splitlines() if not line.startswith("--"))))
        assert used == {parameter.name for parameter in query.parameters}, query.name


@pytest.mark.parametrize("folder", ["page", "compliance"])
def test_other_questions_are_as_well_described(folder):
    test_every_query_has_its_header_and_declares_exactly_the_parameters_it_uses(folder)


def test_declared_types_are_the_types_that_the_statement_binds():
    for query in queries().values():
        for parameter in query.parameters:
            assert f"{{{parameter.name}:{parameter.type}}}" in query.sql, (query.name, parameter)


def test_a_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="latest_violations"):
        query_named("latest_violation")


def test_an_unknown_parameter_names_the_known_ones():
    with pytest.raises(UsageError, match="organization"):
        query_named("latest_violations").bound({"org": "x"}, NOW)


def test_a_parameter_without_default_must_be_given():
    query = parse(
        "q", "-- question: Q?\n-- owner: o\n-- grain: g\n-- param: name String\n-- param: n UInt8 = 3\n-- param: text String = ''\nSELECT 1"
    )
    with pytest.raises(UsageError, match="needs parameter name"):
        query.bound({}, NOW)
    assert query.bound({"name": "x"}, NOW) == {"name": "x", "n": "3", "text": ""}


def test_every_migration_has_a_number_of_its_own():
    from streams.clickhouse.migrations import known_migrations

    numbers = [migration.number for migration in known_migrations()]
    assert numbers == sorted(set(numbers)), "two migrations have one number: give the newer one the next"
