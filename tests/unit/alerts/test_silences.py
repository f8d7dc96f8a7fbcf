"""A silence is told when it has lasted under our eyes; anything else at once."""

from datetime import UTC, datetime

from builders import DAY, HOUR, NOW, RULES, firing

from schemas.alert_rules import CaseEvents
from streams.alerts.evaluation import evaluate
from streams.alerts.facts import Range
from streams.alerts.rehearsal import facts_of, happened
from streams.alerts.silences import SEEN_FOR_S, Silences

SILENT = RULES["organization_silent"]


def silence(start: int = NOW - 13 * HOUR, organization: str = "org-a"):
    return firing("organization_silent", start=start, end=NOW, value=0, organization=organization)


def test_a_silence_is_told_when_it_was_seen_for_ten_minutes():
    silences = Silences()
    assert [len(silences.lasting([silence()], NOW + after)) for after in (0, 15, SEEN_FOR_S - 1, SEEN_FOR_S, SEEN_FOR_S + 60)] == [0, 0, 0, 1, 1]


def test_what_shrinks_as_events_land_is_seen_anew_each_time():
    silences = Silences()
    assert not [one for step in range(100) for one in silences.lasting([silence(NOW - DAY + step * HOUR)], NOW + step * 60)]


def test_what_was_gone_in_between_and_each_group_are_seen_for_themselves():
    silences = Silences()
    silences.lasting([silence()], NOW)
    assert silences.lasting([], NOW + 60) == []
    assert silences.lasting([silence()], NOW + SEEN_FOR_S) == []
    both = [silence(), silence(organization="org-b")]
    assert silences.lasting(both, NOW + 2 * SEEN_FOR_S) == [both[0]]


def test_whatever_is_no_silence_of_a_group_is_told_at_once():
    others = [firing(), firing("nothing_lands", value=15), firing("records_wait", value=60_000)]
    assert Silences().lasting(others, NOW) == others


def test_no_organization_has_stopped_while_a_history_is_read_however_long_that_takes():
    """Records wait, and nobody knows of it: what tells is that nobody has sent anything since."""
    events = happened([CaseEvents(at=datetime.fromtimestamp(NOW - 14 * DAY, UTC), count=14 * 240, every="6m", organizations=["org-a", "org-b"])])
    for landed in range(0, 14 * DAY + 1, DAY // 2):
        so_far = [each for each in events if each.at < NOW - 14 * DAY + landed]
        assert evaluate([SILENT], facts_of(so_far, NOW, waiting=0), Range(NOW - 2 * DAY, NOW)) == []
