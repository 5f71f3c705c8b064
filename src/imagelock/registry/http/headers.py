"""Response headers that registries send: types, quota, `Retry-After`, `Warning`."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from imagelock.model.registry_status import Quota
from imagelock.registry.http.untrusted_text import escape_for_terminal

if TYPE_CHECKING:
    import httpx

_QUOTA: Final = re.compile(r"([0-9]{1,9})(?:[ \t]*;[ \t]*w=([0-9]{1,9}))?")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_WARNING: Final = re.compile(r'299 - "((?:[^"\\]|\\.)*+)"')
_LONGEST_DATE: Final = 64
_ESCAPED: Final = re.compile(r"\\(.)")
LONGEST_WAIT: Final = 60.0
"""Seconds; a server that asks for more, as for Docker Hub's limit, gets no retry."""
_LONGEST_WARNING: Final = 4096
"""Bytes of a warning; OCI distribution-spec, "Warnings", asks for no more."""


def media_type(content_type: str) -> str:
    """Return the type in the header *content_type*, in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def media_type_of(response: httpx.Response) -> str:
    """Return the media type that *response* states, empty if it states none."""
    return media_type(response.headers.get("Content-Type", ""))


def quota_of(response: httpx.Response) -> Quota | None:
    """Return the pull quota that *response* states, if any.

    `RateLimit-Limit: 100;w=21600` and `RateLimit-Remaining: 76;w=21600`, as Docker
    Hub writes them; draft-ietf-httpapi-ratelimit-headers-05. The window is in
    seconds.
    """
    limit, window = _count_and_window(response.headers.get("RateLimit-Limit", ""))
    remaining, other = _count_and_window(
        response.headers.get("RateLimit-Remaining", "")
    )
    if limit is None and remaining is None:
        return None
    window = other if window is None else window
    return Quota(limit=limit, remaining=remaining, window=window)


def retry_after(response: httpx.Response, now: float) -> float | None:
    """Return the seconds to wait that `Retry-After` in *response* asks for, if any.

    The header is a number of seconds or a date (RFC 9110, 10.2.3); *now* is the
    time in seconds since 1970. A date in the past asks for no wait: 0.0.
    """
    value = response.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    date = parse_date(value)
    return None if date is None else max(date - now, 0.0)


def retry_after_clause(response: httpx.Response, prefix: str) -> str:
    """Return the end of a message about `Retry-After`; empty if there is none.

    Such as `; PREFIX 30 seconds`, or `; PREFIX until DATE`.
    """
    value = response.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return f"; {prefix} {duration_words(int(value))}"
    if parse_date(value) is None:
        return ""
    return f"; {prefix} until {escape_for_terminal(value)}"


def duration_words(seconds: int) -> str:
    """Return *seconds* in words, rounded up: `50 seconds`, `15 minutes`, `6 hours`."""
    for unit, size in (("hour", 3600), ("minute", 60)):
        if seconds > 2 * size:
            return f"{-(-seconds // size)} {unit}s"
    return f"{seconds} second" + ("" if seconds == 1 else "s")


def parse_date(value: str) -> float | None:
    """Return the seconds from 1970 to the HTTP date *value*, or `None` if it is none.

    RFC 9110, 5.6.7. Without a zone, it is in UTC. A date of 400 digits, or one that
    no calendar has, is none.
    """
    if len(value) > _LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(value)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        return date.timestamp()
    except (ValueError, OverflowError):
        return None


def warnings_of(response: httpx.Response) -> list[str]:
    """Return the texts of `Warning: 299 - "text"` in *response*, safe to print.

    OCI distribution-spec, "Warnings": clients ignore warnings of any other form.
    """
    values = response.headers.get_list("Warning")
    matches = (
        _WARNING.fullmatch(value.strip())
        for value in values
        if len(value) <= _LONGEST_WARNING
    )
    return [
        escape_for_terminal(_ESCAPED.sub(r"\1", match[1])) for match in matches if match
    ]


def _count_and_window(value: str) -> tuple[int | None, int | None]:
    match = _QUOTA.fullmatch(value.strip())
    if match is None:
        return None, None
    return int(match[1]), int(match[2]) if match[2] else None
