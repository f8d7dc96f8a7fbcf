"""Addresses that deliveries must not reach, in every form: refused on the address that is dialled, whatever it was written as."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from pydantic import SecretStr

from streams.alerts.channels import Channels
from streams.alerts.guard import Refused, admitted, check_url, guarded_sockets
from streams.errors import ConfigurationError
from streams.settings import KafkaSettings
from streams.settings_alerts import AlertRoute, AlertsSettings

INTERNAL = [
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
    "169.254.169.254", "169.254.170.2", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:7f00:1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2002:c0a8:1::1", "3fff::1",
    "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff05::1:3", "4000::1",
    "::ffff:0.0.0.0", "1::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "2606:4700::1111",
    "2a00:1450::5",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
NUMERIC = [
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "0x7f.1",
    "0",
    "2852039166",
    "0xa9fea9fe",
    "10.1",
    "3232235521",
]


def test_the_list_is_long_enough_to_mean_something():
    assert len({*INTERNAL, *NUMERIC}) >= 60


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_not_admitted(address):
    assert not admitted(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_admitted(address):
    assert admitted(address)


@pytest.mark.parametrize("text", NUMERIC)
def test_a_number_that_the_system_reads_as_an_internal_address_is_refused_when_it_is_dialled(text):
    make = guarded_sockets(())
    for family, kind, protocol, name, address in socket.getaddrinfo(text, 443, type=socket.SOCK_STREAM):
        with pytest.raises(Refused):
            make((family, kind, protocol, name, address))


@pytest.mark.parametrize("text", ["", "localhost", "example.com", "127.0.0.1:443", "1.1.1.1 ", "[::1]"])
def test_what_is_no_address_is_not_admitted(text):
    assert not admitted(text)


@pytest.mark.parametrize(
    ("address", "allowed", "expected"),
    [
        ("127.0.0.1", ["127.0.0.1/32"], True),
        ("127.0.0.2", ["127.0.0.1/32"], False),
        ("10.1.2.3", ["10.1.2.0/24"], True),
        ("10.1.3.3", ["10.1.2.0/24"], False),
        ("::ffff:10.1.2.3", ["10.1.2.0/24"], True),
        ("::1", ["127.0.0.0/8"], False),
        ("fd00::5", ["fd00::/64"], True),
        ("127.0.0.1", ["::/0"], False),
    ],
)
def test_an_internal_receiver_is_admitted_in_the_networks_that_are_allowed_and_nowhere_else(address, allowed, expected):
    assert admitted(address, allowed) is expected


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "https://user@receiver.example/",
        "https://user:secret@receiver.example/",
        "https://receiver.example:22/",
        "https://receiver.example:99999/",
        "https:///nowhere",
        "ftp://receiver.example/",
        "file:///etc/hostname",
        "gopher://receiver.example/",
        "https://receiver.example\\@127.0.0.1/",
        "https://receiver.example/\r\nHost: inner",
        "//receiver.example/",
        "https://[::1/",
        "https://[::ffff:10.0.0.1@]/",
        "https://[[[/",
        "",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_before_anything_is_looked_up(url):
    with pytest.raises(ConfigurationError):
        check_url(url, [])


@pytest.mark.parametrize("url", ["https://receiver.example/hook?x=1", "https://receiver.example:8443/", "https://[2606:4700::1111]/"])
def test_an_ordinary_address_passes(url):
    check_url(url, [])


def route(url: str) -> AlertRoute:
    return AlertRoute(kind="slack", url=SecretStr(url))


async def answer_of(url: str, settings: AlertsSettings, resolver: AbstractResolver | None = None):
    channels = Channels(settings, KafkaSettings)
    try:
        if resolver:
            channels._session("desk").connector._resolver = resolver
        return await channels.send("desk", route(url), "msg_1", "{}")
    finally:
        await channels.close()


@pytest.fixture
async def receiver():
    """A receiver on loopback that counts what reaches it."""
    seen = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(await request.text())
        if request.path == "/redirect":
            return web.Response(status=301, headers={"Location": f"http://127.0.0.1:{port}/inner"})
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield port, seen
    await runner.cleanup()


class Rebinding(AbstractResolver):
    """A name server that says a public address when it is asked to check, and an internal one when it is asked to connect."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked += 1
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0"])
async def test_a_receiver_on_this_machine_is_never_reached_however_it_is_written(receiver, host):
    port, seen = receiver
    settings = AlertsSettings(internal_receivers=["10.99.0.0/16"])  # so that http and other ports pass the first check
    answer = await answer_of(f"http://{host}:{port}/", settings)
    assert (answer.status, seen) == (0, [])


async def test_a_name_that_points_inside_at_the_moment_of_dialling_is_refused_a_thousand_times(receiver):
    port, seen = receiver
    settings, resolver = AlertsSettings(internal_receivers=["10.99.0.0/16"]), Rebinding()
    channels = Channels(settings, KafkaSettings)
    channels._session("desk").connector._resolver = resolver
    for _ in range(1_000):
        answer = await channels.send("desk", route(f"http://rebinding.example:{port}/"), "msg_1", "{}")
        assert answer.status == 0 and "no public address" in answer.error
    await channels.close()
    assert (resolver.asked, seen) == (1_000, [])


async def test_an_allowed_internal_receiver_is_reached_and_a_redirect_is_not_followed(receiver):
    port, seen = receiver
    settings = AlertsSettings(internal_receivers=["127.0.0.1/32"])
    assert (await answer_of(f"http://127.0.0.1:{port}/", settings)).delivered
    answer = await answer_of(f"http://127.0.0.1:{port}/redirect", settings)
    assert answer.status == 301 and not answer.delivered
    assert len(seen) == 2


async def test_neither_a_proxy_nor_credentials_of_the_environment_are_used():
    channels = Channels(AlertsSettings(), KafkaSettings)
    assert channels._session("desk").trust_env is False
    await channels.close()


def test_the_connector_takes_the_guard():
    """A version of aiohttp that ignored the argument would switch the guard off."""
    assert "socket_factory" in aiohttp.TCPConnector.__init__.__kwdefaults__ or "socket_factory" in aiohttp.TCPConnector.__init__.__annotations__
    assert asyncio.iscoroutinefunction(Channels.send)
