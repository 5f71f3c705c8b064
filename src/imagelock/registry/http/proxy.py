"""The proxy for a server, from the environment."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, proxy_bypass

import httpx

from imagelock.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEMES: Final = frozenset({"http", "https", "socks5", "socks5h"})


def proxy_for(url: httpx.URL) -> httpx.URL | None:
    """Return the proxy through which the server of *url* is asked, if there is one.

    `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` decide, or the settings of
    the system on macOS and Windows. This machine is never asked through a proxy.

    Raises:
        ConfigurationError: it is not an address, or of a kind that is not supported.
    """
    if url.host in _THIS_MACHINE or proxy_bypass(url.netloc.decode("ascii")):
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


def _address(scheme: str, proxies: Mapping[str, str]) -> str | None:
    return proxies.get(scheme) or proxies.get("all")


def _unusable(why: str) -> ConfigurationError:
    # Without its text, which may have a password.
    return ConfigurationError(
        f"the proxy that the environment sets cannot be used: {why}",
        hint="see `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`",
    )
