"""The sender against real receivers on loopback that fail in every way: the same id each time, a schedule, and no waiting for one another."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from builders import incident
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from streams.alerts.book import Delivery, RouteState
from streams.alerts.channels import LONGEST_ANSWER, Channels
from streams.alerts.formats import body_for
from streams.alerts.formats.message import Message
from streams.alerts.notices import Notice
from streams.alerts.sender import Sender, address_hash
from streams.metrics import Metrics
from streams.settings import KafkaSettings
from streams.settings_alerts import AlertRoute, AlertsSettings

SECRET = SecretStr("whsec_" + "A" * 40)
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class MemoryBook:
    """The outbox in memory, with the interface of AlertBook: what is written is what a restart would read."""

    def __init__(self) -> None:
        self.rows: dict[str, Delivery] = {}
        self.states: dict[tuple[str, str], RouteState] = {}
        self.alerts: list = []

    def pending(self):
        return [each for each in self.rows.values() if each.state == "pending"]

    def routes(self):
        return dict(self.states)

    def write_deliveries(self, deliveries, _now):
        self.rows |= {each.delivery_id: each for each in deliveries}

    def write_route(self, state, _now):
        self.states[state.route, state.address_hash] = state

    def write_alerts(self, incidents, _hash, _now):
        self.alerts += incidents

    def write_notices(self, notices: list[Notice], now):
        made = [Delivery(*notice[:5], "pending", notice.body, 0, 0, "", now, now) for notice in notices]
        self.write_deliveries(made, now)
        return made


class Receiver:
    """Answers each path by a function of the test; remembers what it was sent."""

    def __init__(self) -> None:
        self.seen: dict[str, list[tuple[dict, str]]] = {}
        self.answers: dict[str, Callable] = {}
        self.port = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.path.strip("/")
        self.seen.setdefault(name, []).append((dict(request.headers), await request.text()))
        answer = self.answers.get(name, lambda _: web.Response(text="ok"))(request)
        return await answer if asyncio.iscoroutine(answer) else answer

    def ids(self, name: str) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.seen.get(name, [])]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    running = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", running.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running.port = runner.addresses[0][1]
    yield running
    await runner.cleanup()


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def webhook(receiver: Receiver, name: str) -> AlertRoute:
    return AlertRoute(kind="webhook", url=SecretStr(f"http://127.0.0.1:{receiver.port}/{name}"), secrets=[SECRET], owner=f"owner of {name}")


def delivery(route: str, number: int = 1, **changes) -> Delivery:
    body = body_for(AlertRoute(kind="slack", url=SecretStr("x")).model_copy(update={"kind": "webhook"}), Message(incident(), "opened", 1_772_452_800))
    made = Delivery(f"msg_{route}_{number}", f"alert_{number}", route, "opened-0", "high", "pending", body, 0, 0, "", START, START)
    return replace(made, **changes)


@asynccontextmanager
async def sending(receiver: Receiver, book: MemoryBook, *names: str, clock: Clock | None = None, **changes):
    """A running sender with a route to each of the receiver's paths."""
    settings = AlertsSettings(routes={name: webhook(receiver, name) for name in names}, internal_receivers=["127.0.0.1/32"], **changes)
    channels = Channels(settings, KafkaSettings)
    sender = Sender(book, channels, settings, Metrics(), clock=clock or Clock(), chance=lambda: 0.5, poll_s=0.02)
    task = asyncio.create_task(sender.run())
    await asyncio.sleep(0.02)
    yield sender
    task.cancel()
    await asyncio.wait([task])
    await channels.close()


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.01)


async def test_a_delivery_arrives_signed_and_is_written_down(receiver):
    book = MemoryBook()
    async with sending(receiver, book, "desk") as sender:
        sender.offer([delivery("desk")])
        await until(lambda: book.rows.get("msg_desk_1") is not None)
    (headers, body), *_ = receiver.seen["desk"]
    Webhook(SECRET.get_secret_value()).verify(body, headers)
    assert (book.rows["msg_desk_1"].state, book.rows["msg_desk_1"].status, book.rows["msg_desk_1"].attempts) == ("delivered", 200, 1)
    assert headers["Content-Type"] == "application/json" and headers["User-Agent"].startswith("Plumbline/")


async def test_what_was_pending_when_the_last_sender_died_is_sent_under_the_same_id(receiver):
    book = MemoryBook()
    book.write_deliveries([delivery("desk", attempts=1)], START)
    async with sending(receiver, book, "desk"):
        await until(lambda: book.rows["msg_desk_1"].state == "delivered")
    assert receiver.ids("desk") == ["msg_desk_1"]


@pytest.mark.parametrize("status", [500, 503, 429, 301, 302, 307, 404, 400])
async def test_a_refusal_is_tried_again_with_the_same_id_when_it_is_due_and_not_before(receiver, status):
    receiver.answers["desk"] = lambda _: web.Response(status=status, headers={"Location": f"http://127.0.0.1:{receiver.port}/inner"})
    book, clock = MemoryBook(), Clock()
    async with sending(receiver, book, "desk", clock=clock) as sender:
        sender.offer([delivery("desk")])
        await until(lambda: "msg_desk_1" in book.rows)
        assert book.rows["msg_desk_1"].next_at == START + timedelta(seconds=5)
        await asyncio.sleep(0.05)
        assert len(receiver.ids("desk")) == 1
        receiver.answers["desk"] = lambda _: web.Response()
        clock.now += timedelta(seconds=5)
        await until(lambda: book.rows["msg_desk_1"].state == "delivered")
    assert receiver.ids("desk") == ["msg_desk_1"] * 2
    assert "inner" not in receiver.seen


async def test_retry_after_is_waited_for(receiver):
    receiver.answers["desk"] = lambda _: web.Response(status=429, headers={"Retry-After": "600"})
    book = MemoryBook()
    async with sending(receiver, book, "desk") as sender:
        sender.offer([delivery("desk")])
        await until(lambda: "msg_desk_1" in book.rows)
    assert book.rows["msg_desk_1"].next_at == START + timedelta(seconds=600)


async def test_a_delivery_is_given_up_after_three_days_and_then_listed_as_dead(receiver):
    receiver.answers["desk"] = lambda _: web.Response(status=500)
    book, clock = MemoryBook(), Clock()
    async with sending(receiver, book, "desk", clock=clock) as sender:
        sender.offer([delivery("desk")])
        while not (row := book.rows.get("msg_desk_1")) or row.state == "pending":
            if row:
                clock.now = row.next_at
                sender.offer([])
            await asyncio.sleep(0.01)
            assert clock.now - START < timedelta(days=10)
    assert (row.state, row.attempts, row.status) == ("dead", 11, 500)
    assert clock.now - START > timedelta(hours=72)
    assert set(receiver.ids("desk")) == {"msg_desk_1"}


async def test_who_is_gone_is_switched_off_and_its_owner_told_through_another_route(receiver):
    receiver.answers["gone"] = lambda _: web.Response(status=410)
    book = MemoryBook()
    async with sending(receiver, book, "gone", "desk") as sender:
        sender.offer([delivery("gone"), delivery("gone", 2)])
        await until(lambda: receiver.ids("desk") != [] and len([row for row in book.rows.values() if row.state == "dead"]) == 2)
        sender.offer([delivery("gone", 3)])
        await until(lambda: book.rows.get("msg_gone_3") is not None)
    assert book.rows["msg_gone_3"].state == "dead" and "msg_gone_3" not in receiver.ids("gone")
    told = json.loads(receiver.seen["desk"][0][1])
    assert told["data"]["dimensions"] == {"route": "gone"} and told["data"]["owner"] == "owner of gone"
    (state,) = [each for each in book.states.values() if each.disabled]
    assert state.route == "gone"


async def test_a_route_that_was_switched_off_is_on_again_when_its_address_changes(receiver):
    book = MemoryBook()
    old = AlertRoute(kind="webhook", url=SecretStr("https://old.example/"), secrets=[SECRET])
    book.states["desk", address_hash(old)] = RouteState("desk", address_hash(old), disabled=True, reason="gone")
    async with sending(receiver, book, "desk") as sender:
        sender.offer([delivery("desk")])
        await until(lambda: book.rows.get("msg_desk_1") is not None)
    assert book.rows["msg_desk_1"].state == "delivered"


async def test_days_of_nothing_but_failures_switch_a_route_off_and_a_success_between_does_not(receiver):
    receiver.answers["desk"] = lambda _: web.Response(status=500)
    book, clock = MemoryBook(), Clock()
    async with sending(receiver, book, "desk", clock=clock, disable_after_h=48) as sender:
        sender.offer([delivery("desk")])
        await until(lambda: "msg_desk_1" in book.rows)
        clock.now += timedelta(hours=47)
        receiver.answers["desk"] = lambda _: web.Response()
        await until(lambda: book.rows["msg_desk_1"].state == "delivered")
        receiver.answers["desk"] = lambda _: web.Response(status=500)
        sender.offer([delivery("desk", 2, next_at=clock.now)])
        await until(lambda: "msg_desk_2" in book.rows)
        assert not any(state.disabled for state in book.states.values())
        clock.now += timedelta(hours=49)
        await until(lambda: any(state.disabled for state in book.states.values()))


async def test_an_answer_without_end_is_cut_and_counts_by_its_status(receiver):
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
                receiver.written += 65_536
        except OSError:
            return response

    receiver.written, receiver.answers["desk"] = 0, endless
    book = MemoryBook()
    async with sending(receiver, book, "desk") as sender:
        began = time.monotonic()
        sender.offer([delivery("desk")])
        await until(lambda: "msg_desk_1" in book.rows)
    assert (book.rows["msg_desk_1"].state, time.monotonic() - began < 8) == ("delivered", True)
    assert receiver.written < 64 * LONGEST_ANSWER * 16  # what fits the buffers on the way, not what the receiver would have sent


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        for _ in range(600):
            await response.write(b".")
            await asyncio.sleep(0.05)
    except OSError:
        pass
    return response


async def hang(_request: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def reset(request: web.Request) -> web.Response:
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(("answer", "said"), [(drip, "no answer within"), (hang, "no answer within"), (reset, "")])
async def test_who_answers_slowly_or_breaks_off_is_a_failure_within_the_time(receiver, answer, said):
    receiver.answers["desk"] = answer
    book = MemoryBook()
    async with sending(receiver, book, "desk", timeout_s=0.3) as sender:
        began = time.monotonic()
        sender.offer([delivery("desk")])
        await until(lambda: "msg_desk_1" in book.rows)
        assert time.monotonic() - began < 8
    row = book.rows["msg_desk_1"]
    assert (row.state, row.status) == ("pending", 0)
    assert said in row.error and row.error


async def test_nobody_listening_is_a_failure_that_says_so(receiver):
    book = MemoryBook()
    settings = AlertsSettings(
        routes={"desk": AlertRoute(kind="slack", url=SecretStr("http://127.0.0.1:9/"))}, internal_receivers=["127.0.0.1/32"]
    )  # the discard port: nobody listens
    channels = Channels(settings, KafkaSettings)
    answer = await channels.send("desk", settings.routes["desk"], "msg_1", "{}")
    await channels.close()
    assert (answer.status, book.rows) == (0, {})
    assert "no connection" in answer.error


async def test_a_receiver_that_hangs_does_not_delay_the_others(receiver):
    receiver.answers["dead"] = hang
    book = MemoryBook()
    async with sending(receiver, book, "dead", "desk", timeout_s=15) as sender:
        sender.offer([delivery("dead", number) for number in range(200)])
        await asyncio.sleep(0.1)
        began = time.monotonic()
        sender.offer([delivery("desk", number) for number in range(50)])
        await until(lambda: len(receiver.ids("desk")) == 50)
        assert time.monotonic() - began < 8
    assert len(receiver.ids("dead")) <= 4  # its own connections, and no more


async def test_an_outbox_that_was_read_before_an_attempt_ended_does_not_send_it_again(receiver):
    book, clock = MemoryBook(), Clock()
    stale = delivery("desk")
    async with sending(receiver, book, "desk", clock=clock) as sender:
        sender.offer([stale])
        await until(lambda: book.rows.get("msg_desk_1") is not None)
        sender.offer([stale])
        await asyncio.sleep(0.1)
        assert len(receiver.ids("desk")) == 1
        clock.now += timedelta(seconds=1)
        sender.offer([replace(stale, next_at=clock.now)])  # a replay
        await until(lambda: len(receiver.ids("desk")) == 2)
    assert set(receiver.ids("desk")) == {"msg_desk_1"}
