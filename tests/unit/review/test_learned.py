"""What reviewers found wrong becomes cases that a detector's file can take, redacted and without ids."""

import tomllib

import pytest

from schemas.pack import CaseGroup
from streams.decode.event import Context, Event, Message
from streams.review.learned import Learned, as_toml, said_last

PLAIN = {"audience": "consumer", "safeguards": ["ai_disclosure"]}


def groups(*cases: Learned) -> list[CaseGroup]:
    return [CaseGroup.model_validate(each) for each in tomllib.loads(as_toml(cases))["cases"]]


def test_texts_of_one_category_side_field_and_context_are_one_group_each_text_once():
    twice = Learned("minors", "fires", "text", "one", {}, "")
    found = groups(twice, twice, twice._replace(text="two"), twice._replace(side="silent", text="three"), twice._replace(context=PLAIN, text="four"))
    assert sorted((group.fires, group.silent) for group in found) == [([], ["three"]), (["four"], []), (["one", "two"], [])]
    assert [group.context.audience.value for group in found if group.fires == ["four"]] == ["consumer"]


def test_a_text_that_looks_like_toml_stays_a_text():
    nasty = 'a "quoted" \\ line\nfires = ["x"]\n[[cases]]\x7f \u2028'
    (group,) = groups(Learned("minors", "silent", "text", nasty, {}, ""))
    assert (group.silent, group.fires) == ([nasty], [])


TURNS = [Message(role="system", content="Be brief."), Message(content="Hi"), Message(role="assistant", content="Yes?"), Message(content="Now this")]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"system": "Be brief.", "text": "Now this"}, "text"),
        ({"system": "Be brief.", "input": "Now this", "output": "No."}, "input"),
        ({"input": TURNS, "output": "No."}, "input[3].content"),
        ({"system": "Be brief.", "output": "No."}, "system"),
        ({}, ""),
    ],
)
def test_what_was_missed_is_looked_for_in_what_the_user_said_last(said, field):
    event = Event(event_id="1", organization_id="org-a", occurred_at="2026-03-02T12:00:00Z", context=Context(), **said)
    assert said_last(event, dict(event.content())) == field


def test_nothing_learned_is_an_empty_file():
    assert as_toml([]) == ""
