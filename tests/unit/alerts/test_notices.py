"""Who is told what: once, through the right routes, and not of what is silenced, inhibited or history."""

import json
from dataclasses import replace

import pytest
from builders import HOUR, NOW, incident
from pydantic import SecretStr

from streams.alerts.notices import Standing, Told, due_notices
from streams.settings_alerts import AlertRoute

SECRET = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr")
ROUTE = AlertRoute(kind="webhook", url=SecretStr("https://receiver.example/canary-path"), secrets=[SECRET])
OPEN = Standing("open")


def due(one, standing=OPEN, told=(), routes=None, now=NOW):
    return due_notices([one], {one.alert_id: standing}, told, {"desk": ROUTE} if routes is None else routes, now)


def as_told(notices):
    return [Told(each.alert_id, each.route, each.occasion, each.severity) for each in notices]


def test_an_open_alert_is_told_once_and_again_only_by_the_same_id():
    one = incident()
    (first,), (again,) = due(one), due(one, now=NOW + 60)
    assert first.delivery_id == again.delivery_id
    assert first.occasion == "opened-0"
    assert "." not in first.delivery_id
    assert due(one, told=as_told([first])) == []


@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ({"historical": True}, OPEN),
        ({"inhibited_by": "alert_x"}, OPEN),
        ({}, Standing("open", NOW + HOUR)),
        ({}, Standing("acknowledged")),
        ({}, Standing("resolved")),
    ],
)
def test_history_members_of_a_campaign_silenced_and_answered_alerts_are_not_told(change, standing):
    assert due(replace(incident(), **change), standing) == []


def test_when_a_silence_ends_what_is_still_open_is_told():
    one, silenced = incident(), Standing("open", NOW + HOUR)
    assert due(one, silenced) == []
    assert [each.occasion for each in due(one, silenced, now=NOW + HOUR)] == ["opened-0"]


def test_what_was_told_is_told_when_it_is_acknowledged_and_when_it_is_over_and_what_was_not_is_not():
    one = incident()
    told = as_told(due(one))
    (acknowledged,) = due(one, Standing("acknowledged"), told)
    (resolved,) = due(one, Standing("resolved"), told + as_told([acknowledged]))
    assert (acknowledged.occasion, resolved.occasion) == ("acknowledged-0", "resolved-0")
    assert due(one, Standing("resolved"), told + as_told([acknowledged, resolved])) == []
    assert due(one, Standing("resolved")) == []


def test_a_rise_in_severity_is_told_once_and_a_fall_is_not():
    one = incident("high")
    told = as_told(due(one))
    worse = replace(one, severity="critical")
    (escalated,) = due(worse, told=told)
    assert escalated.occasion == "escalated-0-critical"
    assert due(worse, told=told + as_told([escalated])) == []
    assert due(one, told=told + as_told([escalated])) == []


def test_what_fires_again_after_it_was_over_is_told_again():
    one = incident()
    told = as_told(due(one)) + as_told(due(one, Standing("resolved"), as_told(due(one))))
    assert [each.occasion for each in due(replace(one, generation=1), told=told)] == ["opened-1"]


@pytest.mark.parametrize(("ended", "told_after"), [(3_600, 120), (60, 0)])
def test_what_was_over_when_it_was_raised_is_told_a_while_later_and_what_goes_on_at_once(ended, told_after):
    one = replace(incident(), window_end=NOW - ended, opened_at=NOW)

    def told(now):
        return [each.occasion for each in due_notices([one], {one.alert_id: OPEN}, [], {"desk": ROUTE}, now, late_wait_s=120)]

    assert told(NOW + told_after) == ["opened-0"]
    assert told(NOW + max(0, told_after - 1)) == ([] if told_after else ["opened-0"])


def test_a_member_of_a_campaign_that_lands_before_it_is_never_told():
    one = replace(incident(), window_end=NOW - 3_600, opened_at=NOW)
    explained = replace(one, inhibited_by="alert_campaign")
    for moment, known in ((NOW + 1, one), (NOW + 60, explained), (NOW + 600, explained)):
        standing = {known.alert_id: Standing("resolved" if known.inhibited_by else "open")}
        assert due_notices([known], standing, [], {"desk": ROUTE}, moment, late_wait_s=120) == []


@pytest.mark.parametrize(
    ("least", "named", "told"),
    [("low", (), True), ("high", (), True), ("critical", (), False), ("low", ("desk",), True), ("low", ("other",), False)],
)
def test_a_route_gets_what_is_severe_enough_and_meant_for_it(least, named, told):
    route = ROUTE.model_copy(update={"least_severity": least})
    assert bool(due(replace(incident("high"), routes=named), routes={"desk": route})) == told


def test_a_route_gets_only_the_occasions_that_it_wants():
    one = incident()
    route = ROUTE.model_copy(update={"occasions": ["resolved"]})
    assert due(one, routes={"desk": route}) == []


def test_each_route_has_its_own_delivery():
    both = due(incident(), routes={"desk": ROUTE, "other": ROUTE})
    assert len({each.delivery_id for each in both}) == 2


def test_the_outbox_holds_neither_address_nor_secret():
    body = due(incident())[0].body
    assert "canary" not in body and "whsec" not in body
    assert json.loads(body)["type"] == "alert.opened"
