"""Describe each request in one log line without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http.headers import quota_of
from imagelock.registry.http.untrusted_text import escape_for_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    RequestLog = Callable[[str], None]
    """Takes a line without its newline; many threads call it."""

_PUBLIC_PARAMETERS: Final = frozenset({"scope", "service", "n", "last", "digest", "ns"})
"""Query parameters that registries define, whose values are not secret."""


def discard(_: str) -> None:
    """Discard the line."""


def redact_url(url: httpx.URL) -> str:
    """Return *url* without user, password and fragment, safe to print.

    The values of query parameters are replaced by `…`, except for those that
    registries define, which are not secret.
    """
    address = f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"
    if not url.query:
        return escape_for_terminal(address)
    query = "&".join(
        f"{name}={value if name in _PUBLIC_PARAMETERS else '…'}"
        for name, value in url.params.multi_items()
    )
    return f"{escape_for_terminal(address)}?{escape_for_terminal(query)}"


def request_line(
    request: httpx.Request,
    outcome: httpx.Response | httpx.TransportError,
    *,
    seconds: float,
    attempt: int,
) -> str:
    """Return one line: *request*, its status or kind of failure, and its duration.

    The text of a failure is left out, since a server may have written it.
    """
    if isinstance(outcome, httpx.Response):
        result, quota = str(outcome.status_code), quota_of(outcome)
    else:
        result, quota = type(outcome).__name__, None
    url = redact_url(request.url)
    text = f"{request.method} {url} {result} {seconds * 1000:.0f} ms"
    if attempt > 1:
        text += f", attempt {attempt}"
    if quota and quota.remaining is not None:
        limit = "?" if quota.limit is None else quota.limit
        text += f", {quota.remaining} of {limit} requests left"
    return text
