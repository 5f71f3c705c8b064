"""Ask a server how it is, without asking for an image."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.diagnosis import Access, Diagnosis, Quota
from imagelock.registry import challenge as challenges
from imagelock.registry.errors import Failure, explained

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.endpoint import Endpoint
    from imagelock.registry.session import Session

_QUOTA: Final = re.compile(r"([0-9]{1,9})(?:;w=([0-9]{1,9}))?")


def probe(
    session: Session, where: Endpoint, blank: Diagnosis, clock: Callable[[], float]
) -> Diagnosis:
    """Return *blank* with what `GET /v2/` of *where* shows; nothing is raised.

    OCI distribution-spec, "Determining Support". *clock* gives the seconds since
    1970.
    """
    try:
        response = session.ask("GET", where, where.base.copy_with(path="/v2/"))
        seen = replace(
            blank,
            clock_skew=_skew(response.headers.get("Date", ""), clock()),
            quota=_quota(response.headers),
        )
    except (Failure, httpx.HTTPError, httpx.InvalidURL) as error:
        return _failed(blank, explained(error))
    try:
        return replace(seen, access=_access(session, where, response))
    except Failure as error:
        return _failed(seen, error)


def _failed(diagnosis: Diagnosis, failure: Failure) -> Diagnosis:
    return replace(diagnosis, error=str(failure), hint=failure.hint)


def _access(session: Session, where: Endpoint, response: httpx.Response) -> Access:
    sent = "Authorization" in response.request.headers
    match response.status_code:
        case httpx.codes.OK if _is_page(response):
            hint = "check the address, and whether a proxy wants a login"
            raise Failure("it sent a web page, which is no registry's", hint=hint)
        case httpx.codes.OK:
            return Access.BASIC if sent else Access.OPEN
        case httpx.codes.UNAUTHORIZED if not sent and (asked := _asked(response)):
            return asked
        case httpx.codes.NOT_FOUND:
            hint = "check its name: there is no registry at this address"
            raise Failure("it has no `/v2/`", hint=hint)
        case _:
            raise session.refusal(where, response)


def _is_page(response: httpx.Response) -> bool:
    kind: str = response.headers.get("Content-Type", "")
    return kind.strip().lower().startswith("text/html")


def _asked(response: httpx.Response) -> Access | None:
    headers = response.headers.get_list("WWW-Authenticate")
    schemes = {challenge.scheme for challenge in challenges.parse(headers)}
    if "bearer" in schemes:
        return Access.TOKEN
    return Access.BASIC if "basic" in schemes else None


def _skew(date: str, now: float) -> int | None:
    """Return how far *date* (RFC 9110, 6.6.1) is ahead of *now*, in seconds."""
    try:
        return round(parsedate_to_datetime(date).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _quota(headers: httpx.Headers) -> Quota | None:
    """Read `RateLimit-Limit: 100;w=21600` and `RateLimit-Remaining` (Docker Hub)."""
    limit = _QUOTA.fullmatch(headers.get("RateLimit-Limit", "").strip())
    left = _QUOTA.fullmatch(headers.get("RateLimit-Remaining", "").strip())
    if limit is None:
        return None
    return Quota(
        limit=int(limit[1]),
        remaining=int(left[1]) if left else None,
        window=int(limit[2]) if limit[2] else None,
    )
