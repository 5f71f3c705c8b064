"""Addresses of servers: this machine, a private network, or public."""

from __future__ import annotations

import re
import socket
from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_LEGACY: Final = re.compile(r"[0-9a-fx.]+")
"""Forms of IPv4 that only `inet_aton` accepts: `127.1`, `0x7f000001`."""


class Reach(Enum):
    """How far away a host is, judged by its name alone."""

    LOOPBACK = auto()
    LINK = auto()
    """Link-local, where clouds serve a machine's secrets; or unusable."""
    PRIVATE = auto()
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
    return Reach.PRIVATE if address.is_private else Reach.PUBLIC


def is_name(host: str) -> bool:
    """Return whether *host* is a name, which may resolve to any address."""
    return _address(host.strip("[]").rstrip(".").lower()) is None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return _legacy_ipv4(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _legacy_ipv4(host: str) -> IPv4Address | None:
    if not _LEGACY.fullmatch(host):
        return None
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
