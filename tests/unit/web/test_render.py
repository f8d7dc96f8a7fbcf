"""How values look, and what becomes of text that came from traffic."""

from datetime import UTC, datetime, timedelta

import pytest

from streams.web.render import ago, change, link, number, plain, share, traffic, when

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(("value", "shown"), [(0, "0"), (1234567, "1,234,567"), (6.57, "6.6"), (None, "–"), (250.4, "250")])
def test_numbers(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0, "0 %"), (1, "100 %"), (0.1234, "12.3 %"), (0.0001, "< 0.1 %"), (0.99999, "> 99.9 %"), (None, "–")])
def test_a_share_that_is_not_quite_nothing_or_all_never_looks_like_it(value, shown):
    assert share(value) == shown


@pytest.mark.parametrize(("now", "before", "shown"), [(0, 0, "–"), (5, 0, "new"), (3, 4, "−25 %"), (4, 4, "±0 %"), (6, 4, "+50 %"), (100, 4, "×25")])
def test_changes(now, before, shown):
    assert change(now, before) == shown


@pytest.mark.parametrize("text", ["\u202eabc", "a\u2066b", "\u200b", "\x00", "a\nb", "\ud800", "\ufeff"])
def test_characters_that_steer_or_hide_are_shown_by_their_number(text):
    assert all(character.isprintable() for character in plain(text))
    assert "⟨U+" in plain(text)


def test_other_languages_stay_as_they_are():
    for text in ("Wahlfälschung", "投票は明日です", "انتخابات", "élection 🗳"):
        assert plain(text) == text


def test_long_text_is_cut():
    assert len(plain("x" * 100_000)) == 201


def test_text_from_traffic_is_escaped_and_keeps_its_direction_to_itself():
    assert traffic("<b>&\"'") == "<bdi>&lt;b&gt;&amp;&#34;&#39;</bdi>"


def test_times_are_exact_for_machines():
    assert 'datetime="2026-03-04T05:06:07Z"' in when(NOW)


@pytest.mark.parametrize(("age", "shown"), [(5, "5 s ago"), (119, "119 s ago"), (180, "3 min ago"), (7200, "2 h ago"), (200_000, "2 d ago")])
def test_ages(age, shown):
    assert ago(NOW - timedelta(seconds=age), NOW) == shown


def test_an_age_of_never():
    assert ago(None, NOW) == ago(datetime(1970, 1, 1, tzinfo=UTC), NOW) == "never"


def test_a_link_leaves_out_what_has_no_value_and_quotes_the_rest():
    assert link("/events", {"a": "", "b": "x&y"}, c=None, d="ü") == "/events?b=x%26y&d=%C3%BC"
