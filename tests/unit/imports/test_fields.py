"""Table rows to events: names, times, gaps."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from streams.imports.fields import nested, to_json, undotted
from streams.imports.rows import Row


def test_dotted_names_become_objects() -> None:
    assert nested({"event_id": "e", "context.audience": "consumer", "context.country": "DE"}) == {
        "event_id": "e",
        "context": {"audience": "consumer", "country": "DE"},
    }


def test_a_nested_column_wins_over_a_dotted_one() -> None:
    assert nested({"context.country": "DE", "context": {"country": "FR"}}) == {"context": {"country": "FR"}}


def test_a_dotted_name_stays_where_something_else_stands_in_its_place() -> None:
    assert nested({"context": "none", "context.country": "DE"}) == {"context": "none", "context.country": "DE"}


def test_times_are_written_with_their_zone_in_utc() -> None:
    moment = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert json.loads(to_json({"occurred_at": moment}))["occurred_at"] == "2026-03-01T10:00:00.000000+00:00"


@pytest.mark.parametrize(("stored", "written"), [(12.0, {"n": 12}), (math.nan, {}), (None, {}), (1.5, {"n": 1.5})])
def test_counts_that_a_column_with_gaps_made_into_floats_are_whole_again(stored: float | None, written: dict) -> None:
    assert json.loads(to_json({"n": stored})) == written


def test_what_is_absent_is_left_out_at_every_depth() -> None:
    row = {"context": {"country": None}, "usage": {"input_tokens": 1, "output_tokens": None}, "text": "", "at": datetime(2026, 1, 1, tzinfo=UTC)}
    assert json.loads(to_json(row)) == {"usage": {"input_tokens": 1}, "text": "", "at": "2026-01-01T00:00:00.000000+00:00"}


def test_a_line_with_dotted_names_is_nested() -> None:
    row = undotted(Row(1, b'{"event_id":"e","context.country":"DE"}', 39, 40))
    assert json.loads(row.value) == {"event_id": "e", "context": {"country": "DE"}}


@pytest.mark.parametrize("line", [b'{"text":"the key \\"context.country\\" is flat"}', b'{"context.country": broken', b"[1]", b'{"a":1}'])
def test_any_other_line_stays_as_it_is_byte_by_byte(line: bytes) -> None:
    assert undotted(Row(1, line, len(line), len(line))).value == line
