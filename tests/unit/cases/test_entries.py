"""A case is what its entries say, in order; what it does not admit is void."""

from datetime import UTC, datetime, timedelta

import pytest

from streams.cases.desk import named
from streams.cases.entries import Case, Entry, folded, in_order
from streams.cases.telling import TOPIC, decision, with_topic
from streams.errors import UsageError
from streams.settings_alerts import AlertRoute, AlertsSettings

BEGAN = datetime(2026, 11, 25, tzinfo=UTC)


def entry(number: int, action: str, person: str = "ana", *, case: str = "case_a", second: float | None = None, **more) -> Entry:
    at = BEGAN + timedelta(seconds=number if second is None else second)
    return Entry(case, number, f"{case}-{number}-{person}", at, person, action, "because", **more)


OPENED = entry(0, "open", organizations=("org-a",), title="t", subject="organization")
DECIDED = entry(1, "decide", decision="warn")


def one(*entries: Entry) -> Case:
    (case,) = folded(entries)
    return case


def test_a_case_goes_from_open_to_closed_by_a_decision():
    assert one(OPENED).status == "open"
    assert one(OPENED, DECIDED).status == "decided"
    assert one(OPENED, DECIDED, entry(2, "close")).status == "closed"


def test_what_is_not_decided_is_neither_closed_nor_appealed():
    for action in ("close", "appeal"):
        case = one(OPENED, entry(1, action, assignee="bob"))
        assert (case.status, len(case.void)) == ("open", 1)


@pytest.mark.parametrize("before", [(OPENED, DECIDED), (OPENED, DECIDED, entry(2, "close"))])
def test_an_appeal_opens_a_decided_or_closed_case_for_somebody_else(before):
    case = one(*before, entry(3, "appeal", assignee="bob"))
    assert (case.status, case.assignee) == ("appealed", "bob")
    assert one(*before, entry(3, "appeal", assignee="ana")).status != "appealed"


def test_who_decided_first_does_not_decide_the_appeal():
    appealed = one(OPENED, DECIDED, entry(2, "appeal", "cleo", assignee="bob"))
    with pytest.raises(UsageError, match="was decided by ana before"):
        appealed.check(entry(3, "decide", "ana", decision="dismiss"))
    with pytest.raises(UsageError, match="was decided by ana before"):
        appealed.check(entry(3, "assign", "bob", assignee="ana"))
    again = appealed.having(entry(3, "decide", "bob", decision="dismiss"))
    assert (again.status, again.decided.decision) == ("decided", "dismiss")


def test_of_two_decisions_at_once_the_first_counts_and_the_other_is_void_whoever_reads_them_first():
    late = entry(1, "decide", "bob", decision="restrict", second=1.5)
    for case in (one(OPENED, DECIDED, late), one(late, OPENED, DECIDED)):
        assert (case.decided.person, [each.person for each in case.void]) == ("ana", ["bob"])


def test_notes_and_links_are_added_whatever_the_status():
    case = one(OPENED, DECIDED, entry(2, "close"), entry(3, "note"), entry(4, "link", organization_id="org-a", event_id="e1"))
    assert (case.void, case.linked) == ((), [("org-a", "e1")])


def test_what_waits_for_somebody_is_listed_first():
    cases = folded([OPENED, DECIDED, entry(0, "open", case="case_b"), entry(0, "open", case="case_c", second=9)])
    assert [case.case_id for case in in_order(cases)] == ["case_c", "case_b", "case_a"]


def test_an_alert_has_one_case_and_an_event_another():
    assert named("alert_1") == named("alert_1") != named("org", "alert_1")


def test_a_decision_says_whom_it_is_about_by_keyed_hashes_and_what_it_replaces():
    case = one(OPENED, DECIDED, entry(2, "appeal", "cleo", assignee="bob"), entry(3, "decide", "bob", decision="dismiss"))
    rows = [{"user_hash": 255, "api_key_hash": 0, "categories": ["tracking"]}]
    first, second = decision(case, DECIDED, rows), decision(case, case.decided, rows, "https://page.example/")
    assert (first.replaces, first.user_hashes, first.api_key_hashes) == (None, ["00000000000000ff"], [])
    assert (second.replaces, second.link) == (DECIDED.entry_id, "https://page.example/case?id=case_a")


def test_decisions_take_the_topic_whatever_the_routes_and_no_route_that_could_not_say_them():
    assert [*with_topic(AlertsSettings()).routes] == [TOPIC]
    with pytest.raises(ValueError, match="takes no decisions"):
        AlertRoute(kind="slack", url="https://hooks.example/", occasions=["decided"])
