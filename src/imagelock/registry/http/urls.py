"""URLs of servers: join them safely, and name their hosts."""

from __future__ import annotations

import httpx

from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.settings import HUB_HOST


def joined(url: httpx.URL, text: str) -> httpx.URL:
    """Return where *text*, an address or the end of one, leads from *url*.

    Raises:
        httpx.InvalidURL: nowhere.
    """
    try:
        return url.join(text)
    except ValueError as error:
        # Of brackets without an IPv6 address in them, `urllib` says so.
        raise httpx.InvalidURL(str(error)) from error


def names(url: httpx.URL) -> list[str]:
    """Return what references call the server of *url*, for which files are named."""
    server = url.netloc.decode("ascii")
    found = [server]
    if url.port is None:
        found.append(f"{server}:443")
    if server == HUB_HOST:
        found.append(DOCKER_HUB)
    return found
