"""Who gets in: loopback, tokens, roles, sessions, other sites."""

import pytest

from streams.errors import ConfigurationError
from streams.web.access import COOKIE, Access, Reader, Role

ANN, BOB = "ann-secret-0123456789", "bob-secret-0123456789"
TOKENS = {"web": {"tokens": {"ann": {"token": ANN, "role": "analyst"}, "bob": {"token": BOB}}}}
PIPELINE = {"seen": 0, "landed": 0, "dead_lettered": 0, "filtered": 0, "last_landed_at": None, "workers": 0}


@pytest.fixture
def answered(client, canned):
    canned.answers["pipeline"] = [PIPELINE]
    return client


def test_on_loopback_without_tokens_the_page_is_open(answered):
    assert answered().get("/").status_code == 200


def test_another_machine_or_name_is_sent_to_sign_in(answered):
    for http in (answered(client_host="192.0.2.7"), answered(base_url="http://attacker.example")):
        answer = http.get("/events?category=minors")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Fevents%3Fcategory%3Dminors")


def test_off_loopback_without_a_token_it_does_not_start(client):
    with pytest.raises(ConfigurationError, match="open to everyone"):
        client(web={"host": "0.0.0.0"})
    client(web={"host": "0.0.0.0", "token": "a-secret-of-the-operator"})


def test_a_token_signs_in_and_the_cookie_is_for_this_site_only(answered):
    http = answered(**TOKENS)
    assert http.get("/").status_code == 303
    answer = http.post("/sign-in?next=/events", data={"token": ANN}, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/events")
    assert all(word in answer.headers["Set-Cookie"] for word in ("HttpOnly", "SameSite=strict"))
    assert "ann" in http.get("/").text


def test_a_wrong_token_stays_outside(answered):
    http = answered(**TOKENS)
    answer = http.post("/sign-in", data={"token": "wrong"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert http.get("/").status_code == 303


def test_a_bearer_token_is_enough_for_programs(answered):
    assert answered(**TOKENS).get("/?csv=categories", headers={"Authorization": f"Bearer {BOB}"}).status_code == 200


def test_a_program_with_a_wrong_token_is_told_so(answered):
    answer = answered(**TOKENS).get("/", headers={"Authorization": "Bearer wrong"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_sign_in_never_leads_to_another_site(answered):
    for target in ("https://attacker.example", "//attacker.example", "/\\attacker.example"):
        answer = answered(**TOKENS).post("/sign-in", params={"next": target}, data={"token": ANN}, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://attacker.example"}])
def test_a_form_of_another_site_is_refused(answered, headers):
    assert answered(**TOKENS).post("/sign-in", data={"token": ANN}, headers=headers).status_code == 403


def access(**web) -> Access:
    from streams.settings import IntakeSettings, WebSettings

    return Access(WebSettings(**web), IntakeSettings())


def connection(cookie: str):
    from starlette.requests import HTTPConnection

    headers = [(b"host", b"page.example"), (b"cookie", f"{COOKIE}={cookie}".encode())]
    return HTTPConnection({"type": "http", "headers": headers, "client": ("192.0.2.7", 1)})


def test_a_session_ends_with_its_time_and_with_its_token():
    rules = access(**TOKENS["web"])
    cookie = rules.session(Reader("ann", Role.ANALYST))
    assert rules.reader(connection(cookie)) == Reader("ann", Role.ANALYST)
    assert rules.reader(connection(rules.session(Reader("ann", Role.ANALYST), now=1_000))) is None
    assert access(tokens={"ann": {"token": "another-secret-0123456789"}}).reader(connection(cookie)) is None


@pytest.mark.parametrize(
    "change", [lambda value: value[:-1], lambda value: "x" + value, lambda _: "..", lambda _: "", lambda value: value.replace(".", "")]
)
def test_a_changed_session_is_none(change):
    rules = access(**TOKENS["web"])
    assert rules.reader(connection(change(rules.session(Reader("ann", Role.ANALYST))))) is None


def sign_in(http, token: str):
    http.post("/sign-in", data={"token": token}, headers={"Sec-Fetch-Site": "same-origin"})
    return http


def test_a_viewer_sees_and_does_nothing(answered):
    http = sign_in(answered(**TOKENS), BOB)
    assert http.get("/review").status_code == 200
    assert 'action="/review"' not in http.get("/review").text.replace('method="get" action="/review"', "")
    assert http.post("/review", data={"decision": "confirmed", "reason": "right"}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 403


def test_only_an_administrator_sees_who_saw_what(answered):
    assert sign_in(answered(**TOKENS), ANN).get("/access-log").status_code == 403
    http = answered(web={"token": "an-administrators-secret", **TOKENS["web"]})
    assert sign_in(http, "an-administrators-secret").get("/access-log").status_code == 200


@pytest.mark.parametrize("path", ["/review", "/alerts", "/alerts/route", "/event/reveal"])
def test_another_sites_form_does_nothing(answered, path):
    http = sign_in(answered(**TOKENS), ANN)
    assert http.post(path, data={"reason": "because I can"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert http.post(path, data={"reason": "because I can"}).status_code == 403


@pytest.mark.parametrize(
    "form", [{"decision": "confirmed"}, {"decision": "confirmed", "reason": " x "}, {"decision": "burn", "reason": "it is wrong"}]
)
def test_a_review_without_reason_or_decision_is_refused(answered, form):
    http = sign_in(answered(**TOKENS), ANN)
    assert http.post("/review", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 400


def test_the_live_stream_needs_a_token_too(answered):
    assert answered(**TOKENS).get("/live/stream").status_code == 401
