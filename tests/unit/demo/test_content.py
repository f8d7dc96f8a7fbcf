"""The texts: every slot has its list, every category its words, and nothing is written twice."""

from collections import Counter
from random import Random

import pytest

from streams.demo.content import Group, Library, Template, load_library
from streams.policy import Pack

SLOTS = {"city": ["Cork", "Ghent"], "job": ["editor", "baker"]}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def groups(library: Library) -> list[Group]:
    return [group for each in library.violations for group in each.groups]


def test_slots_are_filled() -> None:
    assert Template("from {city}", SLOTS).fill(Random(1)) in ("from Cork", "from Ghent")
    assert 3 <= int(Template("{3-9}", SLOTS).fill(Random(1))) <= 9


def test_a_slot_that_comes_twice_is_filled_differently() -> None:
    assert {Template("{city} {city}", SLOTS).fill(Random(seed)) for seed in range(20)} == {"Cork Ghent", "Ghent Cork"}


def test_the_article_fits_the_word() -> None:
    assert {Template("a(n) {job}", SLOTS).fill(Random(seed)) for seed in range(20)} == {"an editor", "a baker"}


def test_a_slot_without_a_list_is_an_error() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        Template("{nowhere}", SLOTS)


def test_every_category_of_the_pack_has_violations_and_near_misses(library: Library) -> None:
    categories = set(Pack.load(None).detectors)
    assert {each.category for each in library.violations} == categories
    assert {group.category for group in library.near_misses} == categories


def test_every_category_has_a_dozen_texts_or_nearly(library: Library) -> None:
    sizes = {each.category: sum(group.size() for group in each.groups) for each in library.violations}
    assert min(sizes.values()) >= 10
    assert sum(sizes.values()) >= 200


def test_outcomes_are_stated_for_each_revision_oldest_first(library: Library) -> None:
    revisions = [revision.id for revision in Pack.load(None).revisions]
    assert {tuple(group.outcomes) for group in groups(library)} == {tuple(revisions)}


def test_senders_are_kinds_and_names_that_exist(library: Library) -> None:
    kinds = {kind["id"] for kind in library.organizations["kinds"]}
    names = {each["id"] for each in library.organizations["named"]}
    used = [*groups(library), *library.near_misses]
    assert set().union(*(group.kinds for group in used)) <= kinds
    assert set().union(*(group.organizations for group in used), *(incident.organizations for incident in library.incidents)) <= names
    topics = {topic for kind in library.organizations["kinds"] for topic in kind["topics"]}
    assert topics == set(library.topics)


def test_there_are_hundreds_of_ordinary_requests_in_several_languages_and_none_twice(library: Library) -> None:
    by_language = Counter(language for topic in library.topics.values() for language, texts in topic.requests.items() for _ in texts)
    texts = [template.text for topic in library.topics.values() for each in topic.requests.values() for template in each]
    assert sum(by_language.values()) > 350
    assert {"en", "de", "es", "fr", "pt", "it", "ja"} <= set(by_language)
    assert len(texts) == len(set(texts))
