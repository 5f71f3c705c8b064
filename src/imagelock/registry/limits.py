"""How much a registry says that it will still answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagelock.registry.words import kept

if TYPE_CHECKING:
    import httpx

_LONGEST = 40
"""Characters that are kept of a header."""


class Limit(NamedTuple):
    """The quota of one host, in its own words; what it did not say is empty."""

    limit: str
    remaining: str
    window: str
    """Seconds in which `limit` requests are answered."""


def read(response: httpx.Response) -> Limit | None:
    """Return what *response* says of the quota, if it says how much remains.

    `RateLimit-Limit: 100;w=21600` and `RateLimit-Remaining: 76;w=21600`, as Docker
    Hub writes them; draft-ietf-httpapi-ratelimit-headers-05.
    """
    limit, window = _split(response.headers.get("RateLimit-Limit", ""))
    remaining, other = _split(response.headers.get("RateLimit-Remaining", ""))
    return Limit(limit, remaining, window or other) if remaining else None


def _split(value: str) -> tuple[str, str]:
    number, _, window = kept(value, _LONGEST).partition(";")
    return number.strip(), window.strip().removeprefix("w=")
