"""Ask a server how it is, without asking for an image."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.model.reference import DOCKER_HUB
from imagelock.model.registry_status import Access, Diagnosis
from imagelock.registry.auth import challenge as challenges
from imagelock.registry.http import rate_limit
from imagelock.registry.http.failure import Failure, explained

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.auth.credentials.model import Stored
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.session import Session

_RATE_LIMIT: Final = "ratelimitpreview/test"
"""What Docker Hub has to be asked for its limit: "Pull usage and limits"."""


def probe(
    session: Session,
    where: Endpoint,
    blank: Diagnosis,
    stored: Stored | None,
    clock: Callable[[], float],
) -> Diagnosis:
    """Return *blank* with what `GET /v2/` of *where* shows; nothing is raised.

    OCI distribution-spec, "Determining Support". Where tokens are asked for, what is
    *stored* is shown to the token server, which tells whether it is right. *clock*
    gives the seconds since 1970.
    """
    try:
        response = session.ask(
            "GET", where, where.base.copy_with(path=f"{where.root}/")
        )
        endpoint = blank.endpoint
        if where.insecure and response.request.url.scheme == "http" and endpoint:
            endpoint = endpoint.replace("https:", "http:", 1)
        seen = replace(
            blank,
            endpoint=endpoint,
            clock_skew=_skew(response.headers.get("Date", ""), clock()),
            quota=rate_limit.read(response),
        )
    except (Failure, httpx.HTTPError, httpx.InvalidURL) as error:
        return _failed(blank, explained(error))
    try:
        seen = replace(seen, access=_access(session, where, response))
        if stored and seen.access is Access.TOKEN:
            session.log_in(where, response, stored)
        return _with_quota(session, where, seen)
    except (Failure, httpx.HTTPError, httpx.InvalidURL) as error:
        return _failed(seen, explained(error))


def _with_quota(session: Session, where: Endpoint, seen: Diagnosis) -> Diagnosis:
    """Return *seen* with the quota of Docker Hub, which tells it with manifests only.

    HEAD does not count as a pull. Who has no limit is told none.
    """
    if where.registry != DOCKER_HUB or where.is_mirror or seen.quota:
        return seen
    url = where.url(_RATE_LIMIT, "manifests", "latest")
    response = session.ask("HEAD", where, url)
    return replace(seen, quota=rate_limit.read(response))


def _failed(diagnosis: Diagnosis, failure: Failure) -> Diagnosis:
    return replace(diagnosis, access=None, error=str(failure), hint=failure.hint)


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
