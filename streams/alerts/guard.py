"""Which addresses deliveries may go to: checked on the address that is dialled, at the moment of dialling, so no name can lead elsewhere then."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from streams.errors import ConfigurationError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Special-purpose ranges (IANA registries for IPv4 and IPv6), written out: what a library calls private has changed from version to version.
INTERNAL = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
GLOBAL_UNICAST = IPv6Network("2000::/3")
# Forms of IPv6 that carry an IPv4 address in these bits: what counts is where the packet goes in the end.
EMBEDDING = (("::ffff:0:0/96", 0), ("::/96", 0), ("64:ff9b::/96", 0), ("::ffff:0:0:0/96", 0), ("2002::/16", 80))
WEB_PORTS = (443, 8443)


class Refused(OSError):
    """The address is not one that deliveries may go to."""


def admitted(text: str, allowed: Sequence[str] = ()) -> bool:
    """Whether an IP address is public, or in a network that the operator allows. A zone (`%eth0`) makes it local."""
    if "%" in text:
        return False
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if any(address in ip_network(each, strict=False) for each in allowed if ip_network(each, strict=False).version == address.version):
        return True
    inner = embedded(address)
    if inner is not None:
        return admitted(str(inner), allowed)
    if any(address in network for network in INTERNAL if network.version == address.version):
        return False
    return isinstance(address, IPv4Address) or address in GLOBAL_UNICAST


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries."""
    if isinstance(address, IPv6Address):
        for network, shift in EMBEDDING:
            if address in IPv6Network(network) and int(address) > 1:
                return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return None


def guarded_sockets(allowed: Sequence[str]) -> Callable[[tuple], socket.socket]:
    """A maker of sockets for aiohttp's connector: it is called with the very address that is dialled next."""

    def make(info: tuple) -> socket.socket:
        family, kind, protocol, _, address = info
        if not admitted(str(address[0]), allowed):
            raise Refused(f"{address[0]} is no public address, and not in alerts.internal_receivers")
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


def check_url(url: str, allowed: Sequence[str]) -> None:
    """What can be said of an address before its name is looked up.

    Raises:
        ConfigurationError: it is not https, hides a user, or names a port that is none of a web server's (unless networks are allowed at all).
    """
    problem = ""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _refused(str(error)) from error
    try:
        port = parts.port
    except ValueError:
        port, problem = None, "its port is none"
    if parts.scheme != "https" and not (parts.scheme == "http" and allowed):
        problem = "it is not https"
    elif not parts.hostname:
        problem = "it has no host"
    elif parts.username is not None or parts.password is not None:
        problem = "it holds a user name"
    elif port is not None and port not in WEB_PORTS and not allowed:
        problem = f"port {port} is not {' or '.join(map(str, WEB_PORTS))}"
    elif any(character <= " " or character == "\\" for character in url):
        problem = "it holds a blank, a backslash or a control character"
    if problem:
        raise _refused(problem)


def _refused(problem: str) -> ConfigurationError:
    cause = "alerts.routes, or alerts.internal_receivers for a receiver inside"
    return ConfigurationError(f"the address of a route is refused: {problem}", cause=cause, command="plumbline config show alerts")
