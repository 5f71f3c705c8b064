"""The proxy for a server, from the environment."""

from __future__ import annotations

import re
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, getproxies_environment, proxy_bypass

import httpx

from imagelock.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEMES: Final = frozenset({"http", "https", "socks5", "socks5h"})
_PORTS: Final = {"http": 80, "https": 443}
_EXCEPTION: Final = re.compile(
    r"(?P<below>\*?\.)?(?P<host>\[[0-9a-f:.]+\]|[^:]+)(?::(?P<port>[0-9]{1,5}))?"
)


def proxy_for(url: httpx.URL) -> httpx.URL | None:
    """Return the proxy through which the server of *url* is asked, if there is one.

    `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` decide, or the settings of
    the system on macOS and Windows. This machine is never asked through a proxy.

    Raises:
        ConfigurationError: it is not an address, or of a kind that is not supported.
    """
    if url.host in _THIS_MACHINE or _is_exception(url):
        return None
    address = _address(url.scheme, getproxies())
    if not address:
        return None
    try:
        proxy = httpx.URL(address if "://" in address else f"http://{address}")
    except httpx.InvalidURL as error:
        raise _unusable("it is not an address") from error
    if proxy.scheme not in _SCHEMES or not proxy.host:
        raise _unusable("it is no address of an HTTP or SOCKS proxy")
    if proxy.scheme.startswith("socks") and find_spec("socksio") is None:
        raise _unusable("SOCKS needs the package `socksio`")
    return proxy


def _is_exception(url: httpx.URL) -> bool:
    """Return whether the server of *url* is asked without a proxy.

    `NO_PROXY` means what it means for Docker, crane and skopeo, which are written in Go
    (`golang.org/x/net/http/httpproxy`): networks count, too, and `.` or `*.` before a
    name, which then stands for those below it alone.
    """
    environment = getproxies_environment()
    if not environment:
        return bool(proxy_bypass(url.netloc.decode("ascii")))
    exceptions = environment.get("no", "").lower().split(",")
    return any(_covers(exception.strip(), url) for exception in exceptions)


def _covers(exception: str, url: httpx.URL) -> bool:
    """Return whether *exception* of `NO_PROXY` is for the server of *url*."""
    host = url.raw_host.decode("ascii").lower().strip("[]")
    try:
        network = ip_network(exception.strip("[]"), strict=False)
    except ValueError:
        return exception == "*" or _names(exception, host, url)
    try:
        return ip_address(host) in network
    except ValueError:  # a name, which is not looked up for this
        return False


def _names(exception: str, host: str, url: httpx.URL) -> bool:
    match = _EXCEPTION.fullmatch(exception)
    if match is None:
        return False
    port = url.port or _PORTS.get(url.scheme)
    if match["port"] and int(match["port"]) != port:
        return False
    name = match["host"].strip("[]")
    return (host == name and not match["below"]) or host.endswith(f".{name}")


def _address(scheme: str, proxies: Mapping[str, str]) -> str | None:
    return proxies.get(scheme) or proxies.get("all")


def _unusable(why: str) -> ConfigurationError:
    # Without its text, which may have a password.
    return ConfigurationError(
        f"the proxy that the environment sets cannot be used: {why}",
        hint="see `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`",
    )
