"""Every kind of route against a receiver on loopback that admits what its documentation admits, and refuses the rest as the real one does."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from builders import DAY, NOW, campaign, incident
from documented import RECEIVERS
from mailing import MailServer
from pydantic import SecretStr

from streams.alerts.channels import Channels
from streams.alerts.formats import body_for
from streams.alerts.formats.message import Message
from streams.alerts.incidents import Incident, advance
from streams.alerts.retries import Answer
from streams.alerts.route_trouble import trouble_with
from streams.settings import KafkaSettings
from streams.settings_alerts import AlertRoute, AlertsSettings, SmtpSettings

OCCASIONS = ("opened", "escalated", "acknowledged", "resolved")
LONG = "organisation ‹with› a *very* [long](https://evil.example) name & more 🗳 " * 4
INCIDENTS: dict[str, Incident] = {
    "of an organization": incident(),
    "of a campaign": advance([], [campaign(*(f"organization-{number:03}" for number in range(300)))], NOW, DAY)[0],
    "of a route": trouble_with("desk", "ana", NOW),
    "without a group": replace(incident(), dimensions={}, group_key="nothing_lands: "),
    "of long names": replace(incident("critical"), dimensions={"organization": LONG[:256], "category": "minors"}, title=LONG[:128]),
}


@pytest.fixture
async def base() -> AsyncIterator[str]:
    """Address of the receivers, each under its name."""
    app = web.Application()
    for name, receiver in RECEIVERS.items():
        app.router.add_post(f"/{name}", receiver)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    server = await MailServer().start()
    yield server
    await server.stop()


def route(name: str, base: str) -> AlertRoute:
    if name == "ocsf":
        return AlertRoute(kind="webhook", url=SecretStr(f"{base}/ocsf"), secrets=[SecretStr("whsec_" + "A" * 40)], format="ocsf")
    return AlertRoute(kind=name, url=SecretStr(f"{base}/{name}"), routing_key=SecretStr("r" * 32))


async def send(one: AlertRoute, body: str, smtp: SmtpSettings | None = None) -> Answer:
    channels = Channels(AlertsSettings(internal_receivers=["127.0.0.0/8"], smtp=smtp or SmtpSettings()), KafkaSettings)
    try:
        return await channels.send("desk", one, "msg_1", body)
    finally:
        await channels.close()


@pytest.mark.parametrize("about", INCIDENTS)
@pytest.mark.parametrize("name", RECEIVERS)
async def test_every_alert_on_every_occasion_is_admitted(base, name, about):
    for occasion in OCCASIONS:
        for sample in (False, True):
            body = body_for(route(name, base), Message(INCIDENTS[about], occasion, NOW, "https://plumbline.example/", sample))
            answer = await send(route(name, base), body)
            assert answer.delivered, (occasion, answer)


SPOILT = {
    "pagerduty": lambda body: body["payload"].update(severity="high"),
    "slack": lambda body: body["blocks"][0]["text"].update(text="x" * 151),
    "teams": lambda body: body["attachments"][0]["content"]["body"][0].update(color="red"),
    "ocsf": lambda body: body["finding_info"].pop("uid"),
}


@pytest.mark.parametrize("name", RECEIVERS)
async def test_what_its_documentation_does_not_admit_is_refused(base, name):
    body = json.loads(body_for(route(name, base), Message(incident(), "opened", NOW)))
    SPOILT[name](body)
    answer = await send(route(name, base), json.dumps(body))
    assert answer.status in (400, 422)
    assert not answer.delivered


async def test_pagerduty_refuses_a_routing_key_of_another_length(base):
    wrong = route("pagerduty", base).model_copy(update={"routing_key": SecretStr("too short")})
    answer = await send(wrong, body_for(wrong, Message(incident(), "opened", NOW)))
    assert (answer.status, "routing_key" in answer.text) == (400, True)


# -- mail

MAIL = AlertRoute(kind="email", to=["desk@example.org", "ana@example.org"])


def smtp(server: MailServer, **changes: object) -> SmtpSettings:
    return SmtpSettings(**{"host": "127.0.0.1", "port": server.port, "starttls": False, "sender": "plumbline@example.org", **changes})


@pytest.mark.parametrize("about", INCIDENTS)
async def test_a_mail_reaches_its_recipients_whole_and_again_under_the_same_message_id(mail, about):
    body = body_for(MAIL, Message(INCIDENTS[about], "opened", NOW, "https://plumbline.example/"))
    for _ in range(2):
        assert (await send(MAIL, body, smtp(mail))).delivered
    (sender, recipients, first), (_, _, second) = mail.mails
    assert (sender, recipients) == ("plumbline@example.org", MAIL.to)
    assert first["Message-ID"] == second["Message-ID"] == "<msg_1@example.org>"
    assert first["Subject"].strip() == json.loads(body)["subject"].strip()  # folding may leave a blank at its start
    assert first.get_content().splitlines() == json.loads(body)["text"].splitlines()
    assert INCIDENTS[about].alert_id in first.get_content()


async def test_a_mail_to_some_who_are_not_there_is_delivered_and_says_whom_it_did_not_reach(mail):
    answer = await send(MAIL.model_copy(update={"to": ["desk@example.org", "nobody@elsewhere.example"]}), _body(), smtp(mail))
    assert (answer.delivered, answer.text) == (True, "refused: nobody@elsewhere.example")


async def test_a_mail_to_nobody_who_is_there_is_a_failure(mail):
    answer = await send(MAIL.model_copy(update={"to": ["nobody@elsewhere.example"]}), _body(), smtp(mail))
    assert (answer.delivered, mail.mails) == (False, [])
    assert "no such user" in answer.error


async def test_no_password_is_sent_in_clear_text_off_this_machine():
    elsewhere = await MailServer().start("127.0.0.2")
    answer = await send(MAIL, _body(), smtp(elsewhere, host="127.0.0.2", username="plumbline", password=SecretStr("hunter2")))
    await elsewhere.stop()
    assert (answer.delivered, elsewhere.mails) == (False, [])
    assert "clear text" in answer.error
    assert not any("AUTH" in line or "hunter2" in line for line in elsewhere.said)


async def test_a_mail_server_without_starttls_is_a_failure_where_it_is_wanted(mail):
    answer = await send(MAIL, _body(), smtp(mail, starttls=True))
    assert (answer.delivered, mail.mails) == (False, [])
    assert "STARTTLS" in answer.error


async def test_a_mail_server_that_says_nothing_is_a_failure_in_time_and_holds_up_nobody_else():
    silent = await MailServer(silent=True).start()
    channels = Channels(AlertsSettings(smtp=smtp(silent), timeout_s=2.0), KafkaSettings)
    attempts = [asyncio.create_task(channels.send(f"mail-{number % 3}", MAIL, f"msg_{number}", _body())) for number in range(12)]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert await asyncio.to_thread(lambda: "the threads of the others") == "the threads of the others"
    assert time.monotonic() - began < 1.5
    assert {answer.error for answer in await asyncio.gather(*attempts)} == {"no answer within 2 s"}
    await channels.close()
    await silent.stop()


def _body() -> str:
    return body_for(MAIL, Message(incident(), "opened", NOW))
