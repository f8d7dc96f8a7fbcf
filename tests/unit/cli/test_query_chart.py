"""Charts of characters."""

from datetime import UTC, datetime, timedelta

import pytest

from streams.cli.chart import print_chart

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def drawn(capsys: pytest.CaptureFixture[str], rows: list[dict]) -> list[str]:
    print_chart(rows)
    return capsys.readouterr().out.splitlines()


def test_rows_without_time_are_bars_as_long_as_their_number(capsys):
    head, first, second = drawn(capsys, [{"category": "minors", "tags": 20}, {"category": "privacy", "tags": 5}])
    assert head == "tags, by category"
    assert (first.count("█"), second.count("█")) == (40, 10)
    assert first.split()[0] == "minors" and second.endswith("5")


def test_rows_with_time_are_one_line_per_label_and_a_gap_is_a_gap(capsys):
    rows = [{"time": NOON + timedelta(hours=at), "category": name, "tags": n} for at, name, n in ((0, "a", 8), (2, "a", 4), (1, "b", 1))]
    _, a, b = drawn(capsys, rows)
    assert a.split("  ", 1)[1].startswith("█ ▅") and a.endswith("12")
    assert b.split("  ", 1)[1].startswith(" ▂ ") and b.endswith("1")


def test_a_time_further_right_makes_no_series(capsys):
    head, *_ = drawn(capsys, [{"organization_id": "acme", "first_seen": NOON, "tags": 1}])
    assert head == "tags, by organization_id"


@pytest.mark.parametrize("rows", [[], [{"a": "x"}], [{"a": "x", "n": 0}], [{"time": NOON, "n": None}, {"time": NOON, "n": 0}]])
def test_nothing_and_zeros_are_drawn_without_a_stumble(capsys, rows):
    assert "█" not in "".join(drawn(capsys, rows))


def test_what_an_event_says_does_not_steer_the_terminal(capsys):
    assert "\x1b" not in "".join(drawn(capsys, [{"organization_id": "\x1b[2Jevil", "tags": 1}]))
