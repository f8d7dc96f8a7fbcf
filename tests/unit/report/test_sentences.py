"""The sentences of the report, from figures."""

from datetime import UTC, date, datetime

import pytest

from streams.report.figures import Category, Figures, Period, PolicyEffect, month_of, surprise
from streams.report.page import by_day, page
from streams.report.sentences import sentences

OCTOBER = month_of(2026, 10)
RULE = {"rule": "minors.age", "rule_version": 1, "reviewed": 10, "confirmed": 4, "precision": 0.4, "low": 0.2, "high": 0.7}


def figures(**changed) -> Figures:
    plain = {
        "period": OCTOBER, "seen": 10_000, "seen_before": 9_000, "tagged": 300, "dead_letters": 0, "gaps": [], "categories": [], "outcomes": [],
        "organizations": [], "newcomers": [], "precision": [], "alerts": [], "days": {}, "effect": None,
    }  # fmt: skip
    return Figures(**{**plain, **changed})


def category(name: str, now: int, before: int) -> Category:
    return Category(name, now, before, now / 10, 0.0, 0.0, before / 9, surprise(now, 10_000, before, 9_000))


def said(**changed) -> str:
    return " ".join(sentences(figures(**changed)))


def test_what_rose_and_fell_by_more_than_chance_is_named_with_counts_and_rates():
    text = said(categories=[category("privacy_tracking", 120, 20), category("minors", 10, 90), category("cyber", 31, 27)])
    assert "Violations of privacy tracking rose from 20 to 120: from 2.22 to 12.00 per thousand events." in text
    assert "Violations of minors fell from 90 to 10" in text
    assert "cyber" not in text


def test_a_count_that_grows_with_the_traffic_did_not_rise():
    assert surprise(200, 20_000, 100, 10_000) == pytest.approx(0)
    assert "No category rose" in said(categories=[category("minors", 111, 100)])


def test_a_handful_is_not_spoken_of():
    assert "minors" not in said(categories=[category("minors", 9, 0)])


def test_a_period_without_events_says_that_nothing_is_known():
    text = said(seen=0)
    assert "nobody looked" in text and "rose" not in text
    assert "nothing can be said to have risen" in said(seen_before=0)


def test_gaps_and_dead_letters_are_said():
    text = said(dead_letters=12, gaps=[{"hour": 1}, {"hour": 2}])
    assert "12 inputs could not be read" in text and "In 2 hours far fewer events came" in text


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (datetime(2026, 10, 7, tzinfo=UTC), "r2 came into force on 7 October 2026"),
        (datetime(2025, 9, 15, tzinfo=UTC), "has been in force since 15 Sep"),
    ],
)
def test_the_policy_change_and_what_it_did_is_told(since, words):
    effect = PolicyEffect("r2", since, "r1", 10_000, 70, {"minors": 50, "cyber": 5}, {"political_lobbying": 15})
    text = said(effect=effect)
    assert words in text
    assert "otherwise: 55 new tags (most in minors); 15 tags gone (most in political lobbying)." in text


def test_a_policy_that_changed_nothing_says_so():
    assert "judged all 10,000 events of the period alike" in said(effect=PolicyEffect("r2", None, "r1", 10_000, 0, {}, {}))


def test_reviews_name_the_rule_that_is_least_often_right():
    text = said(precision=[RULE, RULE | {"rule": "cyber.x", "confirmed": 9, "precision": 0.9}])
    assert "Of 20 reviewed tags 65% were confirmed." in text and "least often right is minors.age: 40%" in text
    assert "not known" in said()


def test_a_month_ends_with_its_last_day_also_in_december():
    assert month_of(2026, 12) == Period(datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    assert month_of(2026, 1).before == datetime(2025, 12, 1, tzinfo=UTC)


def test_the_chart_has_a_column_for_each_day_and_the_small_categories_together():
    chart = by_day(figures(days={date(2026, 10, 2): {f"c{at}": 10 - at for at in range(10)}}))
    assert len(chart.columns) == 31 and len(chart.series) == 8 and chart.series[-1].label == "others"
    assert [bool(column.marks) for column in chart.columns][:3] == [False, True, False]


def test_what_comes_from_traffic_is_escaped_and_nothing_is_loaded():
    row = {
        "organization_id": "<script>alert(1)</script>\u202ex",
        "tagged_events": 1,
        "tags_per_event": 0.1,
        "categories": ["minors"],
        "worst_severity": "low",
    }
    text = page(figures(organizations=[row]), datetime(2026, 11, 1, tzinfo=UTC))
    assert "<script" not in text and "\u202e" not in text and "default-src 'none'" in text
    assert "http://" not in text and "https://" not in text and " src=" not in text
