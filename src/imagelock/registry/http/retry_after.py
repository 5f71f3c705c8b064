"""How long a server asks to wait."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx

_SECONDS: Final = re.compile(r"[0-9]{1,9}")


def read(response: httpx.Response, now: float) -> float | None:
    """Return the seconds that the `Retry-After` of *response* stands for, if any.

    It is a number of seconds or a date (RFC 9110, 10.2.3); *now* is the time in
    seconds since 1970. A date in the past is no wait.
    """
    value = response.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        return max(date.timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None
