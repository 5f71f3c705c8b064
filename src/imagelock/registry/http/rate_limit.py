"""How much a registry says that it will still answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.registry_status import Quota

if TYPE_CHECKING:
    import httpx

_VALUE: Final = re.compile(r"([0-9]{1,9})(?:[ \t]*;[ \t]*w=([0-9]{1,9}))?")


def read(response: httpx.Response) -> Quota | None:
    """Return what *response* says of the quota, if anything.

    `RateLimit-Limit: 100;w=21600` and `RateLimit-Remaining: 76;w=21600`, as Docker
    Hub writes them; draft-ietf-httpapi-ratelimit-headers-05. The window is in
    seconds.
    """
    limit, window = _numbers(response.headers.get("RateLimit-Limit", ""))
    remaining, other = _numbers(response.headers.get("RateLimit-Remaining", ""))
    if limit is None and remaining is None:
        return None
    window = other if window is None else window
    return Quota(limit=limit, remaining=remaining, window=window)


def _numbers(value: str) -> tuple[int | None, int | None]:
    match = _VALUE.fullmatch(value.strip())
    if match is None:
        return None, None
    return int(match[1]), int(match[2]) if match[2] else None
