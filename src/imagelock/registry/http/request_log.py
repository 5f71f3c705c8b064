"""Tell of each request in one line that holds no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http import rate_limit
from imagelock.registry.http.untrusted_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    Log = Callable[[str], None]
    """Takes a line without its end; called by many threads."""

_PLAIN: Final = frozenset({"scope", "service", "n", "last", "digest", "ns"})
"""Parameters of a query whose values are no secrets."""


def silent(_: str) -> None:
    """Tell nobody."""


def redacted(url: httpx.URL) -> str:
    """Return *url* without user, password, fragment, and values of its query.

    Values of parameters that registries define stay, since they are no secrets.
    """
    query = "&".join(
        f"{name}={value if name in _PLAIN else '…'}"
        for name, value in url.params.multi_items()
    )
    place = f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"
    return shown(place) + (f"?{shown(query)}" if query else "")


def line(
    request: httpx.Request,
    outcome: httpx.Response | httpx.TransportError,
    *,
    seconds: float,
    attempt: int,
) -> str:
    """Return what came of *request*: the status, or the kind of failure.

    The words of a failure are left out, since a server may have written them.
    """
    if isinstance(outcome, httpx.Response):
        result, limit = str(outcome.status_code), rate_limit.read(outcome)
    else:
        result, limit = type(outcome).__name__, None
    text = f"{request.method} {redacted(request.url)} {result} {seconds * 1000:.0f} ms"
    if attempt > 1:
        text += f", attempt {attempt}"
    if limit and limit.remaining is not None:
        of = "?" if limit.limit is None else limit.limit
        text += f", {limit.remaining} of {of} remain"
    return text
