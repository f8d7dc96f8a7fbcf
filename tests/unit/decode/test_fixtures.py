"""What each source writes, by its specification, becomes the event that stands beside it. One sentence per fixture: its `test`."""

import pytest
from reading import NOW, Fixture, decoder, fixtures

from schemas import UsageEvent
from streams.decode.event import of_contract

SOURCES = {"plumbline", "anthropic_messages", "openai_chat", "openai_responses", "litellm", "otel_log", "cloud_events", "envelopes"}


@pytest.mark.parametrize("fixture", fixtures(), ids=lambda fixture: f"{fixture.path}: {fixture.test}")
def test_a_fixture_becomes_what_stands_beside_it(fixture: Fixture) -> None:
    decoded = decoder().decode([fixture.record], NOW)
    assert [located.event for located in decoded.events] == [of_contract(UsageEvent.model_validate(fields)) for fields in fixture.events]
    assert sorted((reject.line, reject.reason) for reject in decoded.rejects) == sorted(fixture.rejects)
    assert decoded.filtered == fixture.filtered
    assert decoded.inputs == len(fixture.events) + len(fixture.rejects) + sum(fixture.filtered.values())


@pytest.mark.parametrize("fixture", fixtures(), ids=lambda fixture: fixture.path)
def test_both_ways_of_decoding_read_it_alike(fixture: Fixture) -> None:
    assert decoder().decode([fixture.record], NOW) == decoder().decode_careful([fixture.record], NOW)


def test_every_source_has_fixtures() -> None:
    assert {fixture.path.split("/")[0] for fixture in fixtures()} == SOURCES


def test_a_fixture_states_what_becomes_of_it() -> None:
    assert [fixture.path for fixture in fixtures() if not (fixture.events or fixture.rejects or fixture.filtered)] == []
