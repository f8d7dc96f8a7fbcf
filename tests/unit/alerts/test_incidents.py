"""Firings become alerts: one per group, the same one however often it is evaluated, and one for a campaign."""

from dataclasses import replace
from itertools import permutations

import pytest
from builders import DAY, HOUR, NOW, campaign, firing

from streams.alerts.incidents import advance


def evaluated(stored, firings, now=NOW):
    """What is stored after an evaluation."""
    changed = {each.alert_id: each for each in advance(stored, firings, now, DAY)}
    return sorted(({each.alert_id: each for each in stored} | changed).values(), key=lambda each: each.group_key)


def test_a_firing_opens_an_alert_and_evaluating_it_again_changes_nothing():
    (one,) = evaluated([], [firing()])
    assert (one.rule, one.severity, one.value, one.resolved_at, one.historical) == ("organization_surge", "high", 25, 0, False)
    assert one.title == "Many violations of one category by one organization: org-a"
    assert "plumbline query alert_window --since 2026-03-02T10:00:00Z --until 2026-03-02T11:00:00Z" in one.query
    assert advance([one], [firing()], NOW + 60, DAY) == []


def test_two_evaluators_that_know_nothing_of_one_another_name_the_same_alert():
    first, second = (advance([], [firing(end=end, value=value)], now, DAY)[0] for end, value, now in ((NOW - HOUR, 25, NOW), (NOW, 31, NOW + 7)))
    assert first.alert_id == second.alert_id


def test_rules_that_group_alike_share_an_alert_and_the_most_severe_leads_in_whatever_order_they_come():
    firings = [firing("organization_surge"), firing("first_violation", value=3), firing("organization_spike", value=40)]
    found = {evaluated([], order)[0].alert_id for order in permutations(firings)}
    assert len(found) == 1
    for order in permutations(firings):
        (one,) = evaluated([], order)
        assert (one.rule, one.value) == ("organization_surge", 25)
        assert one.rules == ("first_violation", "organization_spike", "organization_surge")


def test_other_organizations_categories_and_rules_that_stand_alone_have_alerts_of_their_own():
    firings = [
        firing(),
        firing(organization="org-b", category="election_misinformation"),
        firing(organization="org-a", category="minors"),
        firing("organization_silent", organization="org-a"),
        firing("nothing_lands", machine="all"),
    ]
    assert len(evaluated([], firings)) == 5


def test_what_goes_on_stays_one_alert_over_days():
    stored = []
    for day in range(6):
        stored = evaluated(stored, [firing(start=NOW + day * DAY, end=NOW + day * DAY + HOUR, value=20 + day)], NOW + day * DAY + HOUR)
    (one,) = stored
    assert (one.window_start, one.window_end, one.value, one.generation) == (NOW, NOW + 5 * DAY + HOUR, 25, 0)


def test_quiet_for_its_cooldown_resolves_an_alert_and_the_next_firing_is_another_one():
    (one,) = evaluated([], [firing()])
    assert evaluated([one], [], NOW + 22 * HOUR)[0].resolved_at == 0
    (over,) = evaluated([one], [], NOW + 23 * HOUR)
    assert over.resolved_at == over.window_end + DAY
    later = evaluated([over], [firing(start=NOW + 2 * DAY, end=NOW + 2 * DAY + HOUR)], NOW + 2 * DAY + HOUR)
    assert len({each.alert_id for each in later}) == 2


def test_a_late_event_that_moves_the_beginning_to_the_day_before_does_not_make_a_second_alert():
    (one,) = evaluated([], [firing()])
    (still,) = evaluated([one], [firing(start=NOW - 20 * HOUR, end=NOW - HOUR, value=26)])
    assert (still.alert_id, still.window_start, still.value) == (one.alert_id, NOW - 20 * HOUR, 26)


def test_a_short_cooldown_lets_an_alert_fire_again_on_the_same_day_as_the_same_alert_once_more():
    (one,) = evaluated([], [firing("nothing_lands", machine="all")])
    (over,) = evaluated([one], [], NOW + HOUR)
    (again,) = evaluated([over], [firing("nothing_lands", start=NOW + 4 * HOUR, end=NOW + 5 * HOUR, machine="all")], NOW + 5 * HOUR)
    assert (over.resolved_at > 0, again.alert_id, again.generation, again.resolved_at) == (True, one.alert_id, 1, 0)
    assert again.opened_at > one.opened_at


def test_what_was_over_long_ago_is_history_until_it_fires_again():
    (old,) = evaluated([], [firing(start=NOW - 3 * DAY, end=NOW - 2 * DAY)])
    assert (old.historical, old.resolved_at > 0) == (True, True)
    assert evaluated([old], [], NOW + DAY)[0].historical
    (live,) = evaluated([old], [firing(start=NOW - 3 * DAY, end=NOW - HOUR)])
    assert not live.historical


def test_severity_rises_where_the_rule_says_so_and_never_falls():
    (one,) = evaluated([], [firing(value=199)])
    (worse,) = evaluated([one], [firing(value=200)])
    (still,) = evaluated([worse], [firing(value=30)])
    assert [each.severity for each in (one, worse, still)] == ["high", "critical", "critical"]


def test_a_campaign_is_one_alert_and_inhibits_those_of_its_members_and_of_its_category():
    firings = [
        campaign("org-a", "org-b", "org-c"),
        firing(),
        firing("new_organization", organization="org-b", category="election_misinformation"),
        firing("category_spike", category="election_misinformation"),
        firing(organization="org-z", category="election_misinformation"),
        firing(organization="org-a", category="minors"),
    ]
    found = evaluated([], firings)
    whole = next(each for each in found if each.organizations)
    assert {each.group_key for each in found if not each.inhibited_by} == {
        whole.group_key, "category=election_misinformation organization=org-z", "category=minors organization=org-a",
    }  # fmt: skip
    assert {each.inhibited_by for each in found if each.inhibited_by} == {whole.alert_id}


def test_an_alert_that_was_there_before_its_campaign_was_seen_is_inhibited_when_it_is():
    (one,) = evaluated([], [firing()])
    found = evaluated([one], [firing(), campaign("org-a", "org-b", "org-c")])
    assert sum(bool(each.inhibited_by) for each in found) == 1


def test_a_campaign_that_was_long_over_inhibits_nothing():
    found = evaluated([], [firing(), campaign("org-a", "org-b", "org-c", start=NOW - 9 * DAY, end=NOW - 8 * DAY)])
    assert not any(each.inhibited_by for each in found)


def test_a_campaign_that_grows_or_changes_its_words_stays_one_alert_and_another_text_is_another():
    (one,) = evaluated([], [campaign("org-a", "org-b")])
    (grown,) = evaluated([one], [campaign("org-b", "org-c", likeness=(0b1011,))])
    assert (grown.alert_id, grown.organizations) == (one.alert_id, ("org-a", "org-b", "org-c"))
    assert len(evaluated([grown], [campaign("org-a", "org-b", likeness=(0xFFFF0000FFFF0000,))])) == 2


@pytest.mark.parametrize("size", [2, 3])
def test_in_whatever_pieces_firings_are_evaluated_the_alerts_are_the_same(size):
    firings = [firing(start=NOW + hour * HOUR, end=NOW + (hour + 1) * HOUR, value=20 + hour % 5) for hour in range(12)]
    at_once = evaluated([], firings, NOW + 13 * HOUR)
    stored = []
    for at in range(0, len(firings), size):
        stored = evaluated(stored, firings[max(0, at - 1) : at + size], NOW + 13 * HOUR)
    assert [replace(each, opened_at=0) for each in stored] == [replace(each, opened_at=0) for each in at_once]
