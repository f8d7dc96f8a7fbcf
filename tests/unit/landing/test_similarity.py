"""Similar texts have similar hashes, and different ones do not."""

from streams.landing.similarity import distance, simhash

CAMPAIGN = (
    "Neighbors of Maple County, the council plans to close our library next spring. "
    "Come to the town hall on Tuesday and tell them what it means to you."
)


def test_case_and_punctuation_do_not_change_the_hash() -> None:
    assert simhash(CAMPAIGN) == simhash(CAMPAIGN.upper().replace(",", " -- "))


def test_a_varied_copy_is_near() -> None:
    assert distance(simhash(CAMPAIGN), simhash(CAMPAIGN.replace("Tuesday", "Thursday").replace("Neighbors", "Friends"))) <= 12


def test_another_text_is_far() -> None:
    assert distance(simhash(CAMPAIGN), simhash("Please convert this table of shipping costs to dollars and sort it by port.")) > 16


def test_a_text_without_words_has_no_hash() -> None:
    assert simhash("?! …") == 0
