"""The changes between two revisions, summed for the page."""

from streams.history.diff import Change, Difference
from streams.web.effect import effect_of


def change(kind: str, category: str, before: str, after: str, organization: str, events: int) -> Change:
    return Change(kind, category, before, after, organization, "US", events, (f"{organization}-1", f"{organization}-2"))


FOUND = Difference(
    100,
    16,
    [
        change("cleared", "lobbying", "violation medium", "", "acme", 8),
        change("cleared", "lobbying", "violation medium", "", "other", 2),
        change("newly_flagged", "tracking", "", "violation critical", "acme", 5),
        change("severity", "tracking", "violation high", "violation critical", "acme", 1),
    ],
)


def test_changes_are_summed_by_category_the_largest_first():
    effect = effect_of(FOUND)
    assert [each[:4] for each in effect.categories] == [("lobbying", 0, 10, 0), ("tracking", 5, 0, 1)]
    assert [(each.flagged_bar, each.cleared_bar) for each in effect.categories] == [(0, 100), (50, 0)]


def test_flips_name_both_sides_how_many_senders_and_an_example_of_each():
    first = effect_of(FOUND).flips[0]
    assert (first.category, first.before, first.after, first.events, first.organizations) == ("lobbying", "violation, medium", "no tag", 10, 2)
    assert first.examples == (("acme", "acme-1"), ("other", "other-1"))


def test_no_change_is_no_effect():
    assert effect_of(Difference(7, 0, []))[1:] == (0, [], [])
