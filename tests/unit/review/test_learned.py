"""What reviewers found wrong becomes cases that a detector's file can take, redacted and without ids."""

import tomllib

from schemas.pack import CaseGroup
from streams.review.learned import Learned, as_toml

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


def test_nothing_learned_is_an_empty_file():
    assert as_toml([]) == ""
