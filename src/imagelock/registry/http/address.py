"""Addresses of servers: this machine, a private network, or public."""

from __future__ import annotations

import re
import socket
from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http.name_lookup import addresses_of
from imagelock.registry.http.untrusted_text import strip_userinfo

if TYPE_CHECKING:
    from collections.abc import Callable

_LEGACY: Final = re.compile(r"[0-9a-fx.]+")
"""Forms of IPv4 that only `inet_aton` accepts: `127.1`, `0x7f000001`."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052: the IPv4 address is in the last 32 bits."""

_LONGEST_LOOKUP: Final = 10.0
"""Seconds; a name that is not found by then is treated as public."""


_RESERVED: Final = re.compile(
    r"(?:.*\.)?(?P<suffix>example\.(?:com|net|org)|(?:example|invalid|test))(?::[0-9]+)?"
)
"""RFC 2606 and 6761: names that nobody can register."""


class Reach(Enum):
    """How far away a host is, judged by its name alone."""

    LOOPBACK = auto()
    LINK = auto()
    """Link-local, where clouds serve a machine's secrets; or unusable."""
    PRIVATE = auto()
    """Of a network that is not the internet, such as a company's or a carrier's."""
    PUBLIC = auto()
    """A public address, or a name, which is not looked up."""


def reach_of(host: str) -> Reach:
    """Classify *host*: a name, or an address without port; brackets are optional."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.LOOPBACK
    if (address := _address(host)) is None:
        return Reach.PUBLIC
    if address.is_loopback:
        return Reach.LOOPBACK
    if address.is_link_local or address.is_unspecified or address.is_multicast:
        return Reach.LINK
    return Reach.PUBLIC if address.is_global else Reach.PRIVATE


def reserved_suffix(host: str) -> str:
    """Return the end of the name *host*, perhaps with a port, that nobody can register.

    Empty for any other name. `localhost` is a name of this machine, and no such name.
    """
    match = _RESERVED.fullmatch(host.lower())
    suffix = match["suffix"] if match else ""
    return f".{suffix}" if suffix and "." not in suffix else suffix


def reserved_hint(host: str) -> str | None:
    """Return the hint for an image of *host*, if nobody can have a registry there."""
    suffix = reserved_suffix(host)
    if not suffix:
        return None
    return (
        f"`{suffix}` is reserved for examples and tests (RFC 2606), so that nobody has"
        " a registry there: name the real one, or ignore the image"
    )


def is_name(host: str) -> bool:
    """Return whether *host* is a name, which may resolve to any address."""
    return _address(host.strip("[]").rstrip(".").lower()) is None


def parse_url(text: str) -> httpx.URL:
    """Parse *text*, an absolute URL that may be untrusted.

    Raises:
        httpx.InvalidURL: it is not a URL, or its host cannot be the name of one.
    """
    return _checked(lambda: httpx.URL(text), text)


def join_url(url: httpx.URL, text: str) -> httpx.URL:
    """Resolve *text*, an absolute or relative URL, against *url*.

    Raises:
        httpx.InvalidURL: the result is not a URL.
    """
    return _checked(lambda: url.join(text), text)


def _checked(make: Callable[[], httpx.URL], text: str) -> httpx.URL:
    """Return the URL of *make*, with every kind of error as `httpx.InvalidURL`.

    Its message is *text* without secrets, and without the scheme that is also
    added to try a bare host; those of the library are about its grammar.
    """
    try:
        url = make()
        # The library decodes the name of the host only when it is read.
        str(url.host)
    except (httpx.InvalidURL, ValueError) as error:
        # A `ValueError` for brackets without an IPv6 address, or wrong Punycode.
        address = strip_userinfo(text.partition("?")[0])
        raise httpx.InvalidURL(address.removeprefix("http://")) from error
    return url


def may_redirect(registry: str, target: httpx.URL) -> bool:
    """Return whether the host *registry* may send us to *target*.

    A public registry may not send us into this machine or its network, where it
    cannot reach anything itself. A name is looked up only where that decides: with
    TLS, a server there could not prove that it has the name. A name of a private
    address is fine, since networks give such addresses to public services.
    """
    host = target.host
    if registry == host:
        return True
    is_proven = target.scheme == "https" and reach_of(host) is Reach.PUBLIC
    refused = set() if is_proven else _reaches(host) - {Reach.PUBLIC}
    if is_name(host):
        refused.discard(Reach.PRIVATE)
    if not refused:
        return True
    near = _reaches(registry)
    if near & {Reach.PRIVATE, Reach.LOOPBACK}:
        near.add(Reach.PRIVATE)
    return refused <= near


def _reaches(host: str) -> set[Reach]:
    """Return how far away *host* is, or the addresses of that name."""
    if not is_name(host) or reach_of(host) is Reach.LOOPBACK:
        return {reach_of(host)}
    try:
        addresses = addresses_of(host, _LONGEST_LOOKUP)
    except OSError:
        return {Reach.PUBLIC}
    return set(map(reach_of, addresses))


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return _legacy_ipv4(host)
    if isinstance(address, IPv6Address):
        return _embedded_ipv4(address) or address
    return address


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address to which packets for *address* are translated."""
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def _legacy_ipv4(host: str) -> IPv4Address | None:
    if not _LEGACY.fullmatch(host):
        return None
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
