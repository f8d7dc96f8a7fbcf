"""What receivers are sent: the shape that each expects, whatever an organization calls itself, and never more than counts, ids and links."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
from builders import NOW, incident
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from schemas import Alert
from streams.alerts.channels import signed
from streams.alerts.formats import FORMATS, LONGEST_BODY, body_for
from streams.alerts.formats.message import Message
from streams.settings_alerts import AlertRoute

PAGE = "https://plumbline.example/"
OLD, NEW = (SecretStr(f"whsec_{letter * 40}") for letter in "AB")
WEBHOOK = AlertRoute(kind="webhook", url=SecretStr("https://receiver.example/"), secrets=[OLD, NEW])
OCCASIONS = ("opened", "escalated", "acknowledged", "resolved")
HOSTILE = 'org <!channel> [click](https://evil.example) *bold* & "quotes"'


def said(name: str, occasion: str = "opened", **changes) -> dict:
    return FORMATS[name](Message(replace(incident(), **changes), occasion, NOW, PAGE))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("occasion", OCCASIONS)
def test_every_format_names_the_alert_and_stays_small_even_for_a_campaign_of_hundreds(name, occasion):
    members = tuple(f"organization-with-a-long-name-{number:04}" for number in range(400))
    text = json.dumps(said(name, occasion, organizations=members))
    assert len(text.encode()) <= LONGEST_BODY
    assert incident().alert_id in text


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_alert_gives_the_same_bytes(name):
    assert said(name) == said(name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_sample_says_that_it_is_a_test(name):
    assert "test" in json.dumps(FORMATS[name](Message(incident(), "opened", NOW, PAGE, sample=True))).lower()


def test_a_webhook_carries_type_timestamp_and_the_contract():
    body = said("webhook")
    assert body["type"] == "alert.opened"
    assert datetime.fromisoformat(body["timestamp"]) == datetime.fromtimestamp(NOW, UTC)
    jsonschema.validate(body["data"], Alert.model_json_schema())
    assert body["data"]["link"].endswith(f"/alert?id={incident().alert_id}")


def test_nothing_that_could_hold_content_or_a_person_is_in_the_contract():
    forbidden = {
        "text",
        "input",
        "output",
        "excerpt",
        "user_id",
        "user_hash",
        "api_key_id",
        "api_key_hash",
        "conversation_id",
        "evidence",
        "similarity",
        "likeness",
    }
    assert not forbidden & set(Alert.model_fields)


def test_slack_gets_blocks_within_its_limits_and_no_markup_of_others():
    body = said("slack", dimensions={"organization": HOSTILE, "category": "minors"}, title=f"Violations: {HOSTILE}")
    assert [block["type"] for block in body["blocks"]] == ["header", "section", "context", "actions"]
    assert len(body["blocks"][0]["text"]["text"]) <= 150
    assert len(body["blocks"][1]["fields"]) <= 10
    marked = json.dumps([body["text"], body["blocks"][1], body["blocks"][2]])
    assert "<!channel>" not in marked and "&lt;!channel&gt;" in marked


def test_teams_gets_a_message_with_one_adaptive_card_and_no_link_of_others():
    body = said("teams", dimensions={"organization": HOSTILE, "category": "minors"}, title=HOSTILE)
    (attachment,) = body["attachments"]
    assert (body["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert attachment["content"]["type"] == "AdaptiveCard"
    assert "[click](" not in json.dumps(body).replace("\\\\[", "")


@pytest.mark.parametrize(
    ("occasion", "action"), [("opened", "trigger"), ("escalated", "trigger"), ("acknowledged", "acknowledge"), ("resolved", "resolve")]
)
def test_pagerduty_has_one_incident_per_alert_for_all_that_happens_to_it(occasion, action):
    body = said("pagerduty", occasion)
    assert (body["event_action"], body["dedup_key"]) == (action, incident().alert_id)
    assert ("payload" in body) == (action == "trigger")


@pytest.mark.parametrize(("severity", "theirs"), [("low", "info"), ("medium", "warning"), ("high", "error"), ("critical", "critical")])
def test_pagerduty_gets_a_severity_that_it_knows(severity, theirs):
    payload = said("pagerduty", severity=severity)["payload"]
    assert payload["severity"] == theirs
    assert {"summary", "source", "severity"} <= payload.keys() and len(payload["summary"]) <= 1_024


@pytest.mark.parametrize(("occasion", "activity", "status"), [("opened", 1, 1), ("escalated", 2, 1), ("acknowledged", 2, 2), ("resolved", 3, 4)])
def test_ocsf_has_the_attributes_that_a_detection_finding_requires(occasion, activity, status):
    body = said("ocsf", occasion)
    assert (body["class_uid"], body["category_uid"], body["activity_id"], body["type_uid"]) == (2004, 2, activity, 200400 + activity)
    assert (body["status_id"], body["severity_id"], body["time"]) == (status, 4, NOW * 1000)
    assert {"version", "product"} <= body["metadata"].keys()
    assert {"uid", "title"} <= body["finding_info"].keys()


def test_a_mail_has_one_line_of_subject_and_a_thread_per_alert():
    body = said("email", title="Many\r\nBcc: everybody@example.com")
    assert "\n" not in body["subject"] and "\r" not in body["subject"]
    assert body["thread"] == incident().alert_id


# -- signatures


def verified(secret: SecretStr, body: str, headers: dict[str, str]) -> dict:
    return Webhook(secret.get_secret_value()).verify(body, headers)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_during_a_rotation_both_secrets_verify(secret):
    body = body_for(WEBHOOK, Message(incident(), "opened", NOW))
    headers = signed(WEBHOOK, "msg_1", body, datetime.now(UTC))
    assert verified(secret, body, headers) == json.loads(body)
    assert headers["webhook-signature"].count("v1,") == 2


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda body, headers: (body + " ", headers),
        lambda body, headers: (body, headers | {"webhook-id": "msg_2"}),
        lambda body, headers: (body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
        lambda body, headers: (body, {name: value for name, value in headers.items() if name != "webhook-signature"}),
    ],
)
def test_whatever_is_changed_on_the_way_does_not_verify(spoilt):
    body = body_for(WEBHOOK, Message(incident(), "opened", NOW))
    with pytest.raises(WebhookVerificationError):
        verified(OLD, *spoilt(body, signed(WEBHOOK, "msg_1", body, datetime.now(UTC))))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_delivery_does_not_verify_again(minutes):
    body = body_for(WEBHOOK, Message(incident(), "opened", NOW))
    with pytest.raises(WebhookVerificationError):
        verified(OLD, body, signed(WEBHOOK, "msg_1", body, datetime.now(UTC) + timedelta(minutes=minutes)))


def test_another_secret_does_not_verify():
    body = body_for(WEBHOOK, Message(incident(), "opened", NOW))
    with pytest.raises(WebhookVerificationError):
        verified(SecretStr("whsec_" + "C" * 40), body, signed(WEBHOOK, "msg_1", body, datetime.now(UTC)))


def test_umlauts_and_emoji_are_signed_as_they_are_sent():
    body = body_for(WEBHOOK, Message(replace(incident(), title="Größe 🗳"), "opened", NOW))
    assert verified(OLD, body, signed(WEBHOOK, "msg_1", body, datetime.now(UTC)))["data"]["title"] == "Größe 🗳"
