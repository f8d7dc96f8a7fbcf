"""Alert rules on a real store: facts as the cases have them, the same alerts however often and by whomever, told once; what people do about them."""

import shlex
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from landing import Lander, open_run
from pydantic import SecretStr

from schemas.alert_rules import CaseEvents
from streams.alerts.book import AlertBook
from streams.alerts.desk import AlertDesk
from streams.alerts.engine import Engine
from streams.alerts.facts import DAY, Landing, Range
from streams.alerts.reading import FactsReader
from streams.alerts.rehearsal import facts_of, happened
from streams.alerts.rules import AlertRules, load_rules
from streams.clickhouse.library import query_named
from streams.errors import UsageError
from streams.policy.pack import SHIPPED
from streams.settings_alerts import AlertRoute, AlertsSettings

pytestmark = pytest.mark.integration
RULES = load_rules(None, {path.stem for path in (SHIPPED / "detectors").glob("*.toml")})
SURGE = RULES.rules["organization_surge"]
HOURLY = SURGE.model_copy(update={"id": "hourly", "when": SURGE.when.model_copy(update={"window": "1h"})})  # the only one that needs minutes
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROUTE = AlertRoute(kind="webhook", url=SecretStr("https://receiver.example/"), secrets=[SecretStr("whsec_" + "A" * 40)])
SETTINGS = AlertsSettings(routes={"desk": ROUTE}, late_wait_s=0)
TABLES = ("events", "verdicts", "signals_minute", "signals_hour", "signals_day", "volumes_hour", "ledger")
TABLES += ("runs", "alerts", "deliveries", "alert_evaluations", "alert_actions", "alert_routes")


@pytest.fixture
def lander(store) -> Lander:
    """An empty database with a current run."""
    for table in TABLES:
        store.client.command(f"TRUNCATE TABLE {table}")
    open_run(store.client)
    return Lander(store.client)


def spec(at: datetime, **values) -> CaseEvents:
    return CaseEvents(at=at, **({"category": "election_misinformation"} | values))


def surge(start: datetime = NOW - timedelta(hours=6), **values) -> list:
    return happened([spec(start, **({"count": 25, "every": "5m", "users": 4} | values))])


def engine(store, rules: AlertRules = RULES, settings: AlertsSettings = SETTINGS) -> Engine:
    return Engine(store.client, rules, settings)


def alerts(store, **filters) -> list[dict]:
    return AlertDesk(store.client).listed(**filters)


def delivered(store) -> list[tuple[str, str]]:
    return sorted((row["alert_id"], row["occasion"]) for row in AlertDesk(store.client).deliveries(limit=1_000))


# -- facts


def columns(rows) -> dict:
    """Rows summed by bucket and dimensions (those that a case's events have), in an order that does not matter."""
    names = sorted(set(rows.dimensions) - {"revision", "source"})
    labels = [[rows.dimensions[name].names[code] for code in rows.dimensions[name].codes] for name in names]
    found: dict = {}
    for *key, value in zip(rows.at.tolist(), *labels, rows.value.tolist(), strict=True):
        found[tuple(key)] = found.get(tuple(key), 0) + value
    return found


@pytest.mark.parametrize("seed", range(3))
def test_clickhouse_says_what_the_cases_assume_also_of_events_that_land_twice_and_in_other_cuts(store, lander, seed):
    random = np.random.default_rng(seed)
    events = happened(
        spec(
            NOW - timedelta(minutes=int(random.integers(0, 2_400))), count=int(random.integers(1, 9)), every="7m",
            organizations=[f"org-{random.integers(0, 5)}"], category=["minors", "privacy_tracking", None][random.integers(0, 3)],
            severity=["low", "high"][random.integers(0, 2)], users=3, keys=2, country=["US", "DE"][random.integers(0, 2)],
        )
        for _ in range(60)
    )  # fmt: skip
    lander.land(events, landed_at=NOW)
    order = random.permutation(len(events))
    lander.land([events[index] for index in order[:40]], landed_at=NOW + timedelta(seconds=5))
    now = int(NOW.timestamp()) + 40 * 60
    ours = FactsReader(store.client).read([*RULES.rules.values(), HOURLY], Range(now - 2 * DAY, now), known_since=now - 60 * DAY, landing=Landing(0))
    assumed = facts_of(events, now)
    for name in ("minutes", "hours", "volumes", "users"):
        expected = columns(getattr(assumed, name))
        assert expected
        assert columns(getattr(ours, name)) == expected, name
    assert sorted(ours.texts) == sorted(assumed.texts)
    assert (ours.first_seen, ours.newcomers, ours.began) == (assumed.first_seen, assumed.newcomers, assumed.began)


def test_kept_history_is_read_again_when_something_lands_in_it(store, lander):
    reader, now = FactsReader(store.client), int(NOW.timestamp())
    span = Range(now - 2 * DAY, now)
    lander.land(surge(NOW - timedelta(days=20)), landed_at=NOW)

    def known() -> tuple[float, set[str]]:
        facts = reader.read(RULES.rules.values(), span, known_since=now - 60 * DAY, landing=Landing(0))
        return facts.hours.value.sum(), {organization for organization, _ in facts.first_seen}

    assert known() == (25, {"org-a"})
    lander.land(happened([spec(NOW - timedelta(days=20), count=3, organizations=["org-b"])]), landed_at=NOW)
    assert known() == (25, {"org-a"})
    lander.land(happened([spec(NOW - timedelta(hours=3), count=2, organizations=["org-a", "org-c"])]), landed_at=NOW)
    assert known() == (27, {"org-a", "org-c"})
    reader.forget()
    assert known() == (30, {"org-a", "org-b", "org-c"})


def test_a_violation_of_a_superseded_run_is_no_first_one_also_on_a_day_in_which_the_range_that_was_decided_again_ends(store, lander):
    border, now = NOW.replace(hour=6), int(NOW.timestamp())
    before, after = spec(border - timedelta(hours=3), organizations=["org-old"]), spec(border, count=2, organizations=["org-old", "org-new"])
    lander.land(happened([before, after]), landed_at=NOW)
    open_run(store.client, name="again", until=border, opened=NOW)  # decided again up to six o'clock, and nothing was found
    for span in (Range(now - DAY, now), Range(now + 3 * DAY, now + 4 * DAY)):  # of hours that are read anew, and of kept ones
        facts = FactsReader(store.client).read(RULES.rules.values(), span, known_since=now - 60 * DAY, landing=Landing(0))
        first = {organization: moment for (organization, _), moment in facts.first_seen.items()}
        assert first == dict.fromkeys(("org-old", "org-new"), int(border.timestamp()))


# -- alerts


def test_what_lands_is_an_alert_and_evaluating_again_by_another_process_changes_nothing(store, lander):
    lander.land(surge(), landed_at=NOW)
    first = engine(store).evaluate(NOW)
    (alert,) = alerts(store)
    assert (alert["rule"], alert["state"], alert["organization_id"], alert["value"]) == ("organization_surge", "open", "org-a", 25)
    assert [(each.alert_id, each.occasion) for each in first.deliveries] == [(alert["alert_id"], "opened-0")]
    for later in (NOW + timedelta(seconds=1), NOW + timedelta(minutes=3)):
        again = engine(store).evaluate(later)
        assert (again.changed, again.deliveries) == ([], [])
    assert delivered(store) == [(alert["alert_id"], "opened-0")]


def test_landing_the_same_events_twice_and_in_other_pieces_gives_the_same_alert(store, lander):
    events = surge()
    evaluator = engine(store)
    for cut in (events[:10], events[5:20], events[:25], events):
        lander.land(cut, landed_at=NOW)
        evaluator.evaluate(NOW)
    (alert,) = alerts(store)
    assert alert["value"] == 25
    assert len(delivered(store)) == 1


def test_late_events_are_looked_at_where_they_happened_however_long_ago(store, lander):
    evaluator = engine(store, settings=SETTINGS.model_copy(update={"deliver_within_h": 240.0}))
    lander.land(surge(count=3), landed_at=NOW)
    evaluator.evaluate(NOW)
    assert alerts(store, severity="high") == []
    lander.land(surge(NOW - timedelta(days=6), organizations=["org-late"]), landed_at=NOW + timedelta(minutes=1))
    evaluator.evaluate(NOW + timedelta(minutes=1))
    assert [alert["organization_id"] for alert in alerts(store, severity="high")] == ["org-late"]


def test_history_that_is_filled_in_raises_alerts_and_calls_nobody(store, lander):
    lander.land(surge(NOW - timedelta(days=9)), landed_at=NOW)
    done = engine(store).evaluate(NOW)
    (alert,) = alerts(store)
    assert (alert["historical"], alert["state"], done.deliveries) == (True, "resolved", [])


def test_an_organization_has_stopped_when_that_was_seen_for_ten_minutes_and_not_while_its_events_land(store, lander):
    always = happened([CaseEvents(at=NOW - timedelta(days=10), count=10 * 240, every="6m", organizations=["org-a", "org-b"])])
    stops = int((NOW - timedelta(hours=14)).timestamp())
    sent, evaluator, silent = [each for each in always if each.organization == "org-b" or each.at < stops], engine(store), []
    lander.land([each for each in sent if each.organization == "org-b" or each.at < stops - 4 * DAY], landed_at=NOW)
    for after in (0, 9, 11, 19, 22):
        if after == 9:
            lander.land(sent, landed_at=NOW + timedelta(minutes=after))
        changed = evaluator.evaluate(NOW + timedelta(minutes=after)).changed
        silent += [(after, each.organization_id, each.window_start) for each in changed if each.rule == "organization_silent"]
    assert silent == [(19, "org-a", stops)]


def test_a_campaign_is_told_once_and_its_members_are_not(store, lander):
    members = [f"org-{letter}" for letter in "abcde"]
    lander.land(surge(organizations=members, count=150, every="1m", text=7, varied=2), landed_at=NOW)
    engine(store).evaluate(NOW)
    told = {row["alert_id"] for row in AlertDesk(store.client).deliveries()}
    rows = {row["alert_id"]: row for row in alerts(store, limit=50)}
    assert [rows[each]["rule"] for each in told] == ["coordinated_text"]
    (campaign,) = told
    assert rows[campaign]["organizations"] == members
    inhibited = [row for row in rows.values() if row["inhibited_by"] == campaign]
    assert len(inhibited) >= 5 and {row["state"] for row in inhibited} == {"resolved"}


def test_the_query_of_an_alert_gives_its_number_again(store, lander):
    lander.land(surge(count=40), landed_at=NOW)
    lander.land(surge(count=30, severity="low"), landed_at=NOW)
    lander.land(happened([CaseEvents(at=NOW - timedelta(hours=5), count=120, every="1m", organizations=["org-c"])]), landed_at=NOW)
    engine(store).evaluate(NOW)
    (alert,) = alerts(store, severity="high")
    _, _, name, *options = shlex.split(alert["query"])
    given = {option.lstrip("-"): value for option, value in zip(options[::2], options[1::2], strict=True) if option != "--param"}
    given |= dict(value.split("=", 1) for option, value in zip(options[::2], options[1::2], strict=True) if option == "--param")
    assert query_named(name).rows(store.client, given)[0]["tagged_events"] == alert["value"] == 40


def test_what_was_told_is_known_however_many_alerts_there_are(store, lander):
    lander.land(surge(), landed_at=NOW)
    (made,) = engine(store).evaluate(NOW).deliveries
    others = [f"alert_{number:024x}" for number in range(12_000)]
    assert [each.alert_id for each in AlertBook(store.client).told([*others, made.alert_id])] == [made.alert_id]


# -- people


def test_an_acknowledged_alert_stays_so_while_it_goes_on_and_that_is_told(store, lander):
    desk, evaluator = AlertDesk(store.client), engine(store)
    lander.land(surge(), landed_at=NOW)
    evaluator.evaluate(NOW)
    (alert,) = alerts(store)
    desk.acknowledge(alert["alert_id"], reason="we look at it", reader="ana")
    lander.land(surge(NOW - timedelta(hours=1), count=5, keys=3), landed_at=NOW)
    evaluator.evaluate(NOW + timedelta(minutes=1))
    assert [row["state"] for row in alerts(store)] == ["acknowledged"]
    assert [occasion for _, occasion in delivered(store)] == ["acknowledged-0", "opened-0"]
    assert desk.shown(alert["alert_id"])["actions"][0]["reader"] == "ana"


def test_a_silenced_rule_is_raised_and_not_told_until_the_silence_is_lifted(store, lander):
    desk, evaluator = AlertDesk(store.client), engine(store)
    until = datetime.now(UTC) + timedelta(hours=1)
    desk.silence("organization_surge", scope="org-a", until=until, reason="known campaign test", reader="ana")
    lander.land(surge() + surge(organizations=["org-b"]), landed_at=NOW)
    evaluator.evaluate(NOW)
    silenced = {row["organization_id"]: row["silenced_until"] > NOW for row in alerts(store)}
    assert silenced == {"org-a": True, "org-b": False}
    assert len(delivered(store)) == 1
    desk.unsilence("organization_surge", scope="org-a", reason="over now", reader="ana")
    evaluator.evaluate(NOW + timedelta(minutes=1))
    assert len(delivered(store)) == 2


def test_a_silence_of_a_group_covers_that_group_alone(store, lander):
    lander.land(surge() + surge(organizations=["org-b"]), landed_at=NOW)
    engine(store).evaluate(NOW)
    groups = {row["organization_id"]: row["group_key"] for row in store.client.rows("SELECT organization_id, group_key FROM audit_alerts")}
    until = datetime.now(UTC) + timedelta(hours=1)
    AlertDesk(store.client).silence("organization_surge", scope=groups["org-b"], until=until, reason="a known exercise", reader="ana")
    assert {row["organization_id"]: row["silenced_until"] > NOW for row in alerts(store)} == {"org-a": False, "org-b": True}


def test_an_alert_resolved_by_hand_opens_again_when_it_fires_again(store, lander):
    desk, evaluator = AlertDesk(store.client), engine(store)
    real_now = datetime.now(UTC)
    lander.land(surge(real_now - timedelta(hours=4)), landed_at=real_now)
    evaluator.evaluate(real_now)
    (alert,) = alerts(store, severity="high")
    desk.resolve(alert["alert_id"], reason="the customer was called", reader="ana")
    assert [row["state"] for row in alerts(store, severity="high")] == ["resolved"]
    evaluator.evaluate(datetime.now(UTC))
    assert [row["state"] for row in alerts(store, severity="high")] == ["resolved"]
    lander.land(surge(real_now + timedelta(minutes=5), count=9, keys=3), landed_at=datetime.now(UTC))
    evaluator.evaluate(datetime.now(UTC) + timedelta(hours=1))
    assert [row["state"] for row in alerts(store, severity="high")] == ["open"]


@pytest.mark.parametrize("reason", ["", "  ", "x", "y" * 2_000])
def test_every_action_needs_a_reason(store, lander, reason):
    with pytest.raises(UsageError, match="a reason has"):
        AlertDesk(store.client).unsilence("organization_surge", reason=reason, reader="ana")


def test_a_dead_delivery_is_pending_again_after_a_replay_and_an_unknown_one_is_said(store, lander):
    desk, book = AlertDesk(store.client), AlertBook(store.client)
    lander.land(surge(), landed_at=NOW)
    (made,) = engine(store).evaluate(NOW).deliveries
    book.write_deliveries([made.__class__(**{**made.__dict__, "state": "dead", "attempts": 11})], NOW + timedelta(days=4))
    assert book.pending() == []
    assert desk.replay() == [made.delivery_id]
    assert [(each.delivery_id, each.attempts) for each in book.pending()] == [(made.delivery_id, 0)]
    with pytest.raises(UsageError, match="there is no delivery msg_nothing"):
        desk.replay(["msg_nothing"])
