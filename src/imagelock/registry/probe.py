"""Check how a server responds, without requesting an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from imagelock.dataclass import replace
from imagelock.model.reference import DOCKER_HUB
from imagelock.model.registry_status import Access, Diagnosis
from imagelock.registry.auth.challenge import challenges_of
from imagelock.registry.http.failure import Failure, unify_failures
from imagelock.registry.http.headers import parse_date, quota_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.auth.credentials.model import StoredCredential
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.session import RegistrySession

_RATE_LIMIT: Final = "ratelimitpreview/test"
"""The repository where Docker Hub states its limit: "Pull usage and limits"."""


def probe(
    session: RegistrySession,
    endpoint: Endpoint,
    blank: Diagnosis,
    stored: StoredCredential | None,
    now: Callable[[], float],
) -> Diagnosis:
    """Return *blank*, completed with the answer of *endpoint* to `GET /v2/`.

    OCI distribution-spec, "Determining Support". If the server uses tokens, the
    *stored* credential is tried on its token server. *now* returns the seconds since
    1970. Nothing is raised: an error is a field of the diagnosis.
    """
    diagnosis = blank
    try:
        with unify_failures(session.log):
            response = session.ask(
                "GET", endpoint, endpoint.base.copy_with(path=f"{endpoint.root}/")
            )
            diagnosis = _with_headers(endpoint, blank, response, now())
            diagnosis = replace(diagnosis, access=_access(session, endpoint, response))
            if stored and diagnosis.access is Access.TOKEN:
                session.check_login(endpoint, response, stored)
            return _with_quota(session, endpoint, diagnosis)
    except Failure as failure:
        return replace(diagnosis, access=None, error=str(failure), hint=failure.hint)


def _with_headers(
    endpoint: Endpoint, diagnosis: Diagnosis, response: httpx.Response, now: float
) -> Diagnosis:
    url = diagnosis.endpoint
    if endpoint.insecure and response.request.url.scheme == "http" and url:
        url = url.replace("https:", "http:", 1)
    date = parse_date(response.headers.get("Date", ""))
    return replace(
        diagnosis,
        endpoint=url,
        clock_skew=None if date is None else round(date - now),
        quota=quota_of(response),
    )


def _with_quota(
    session: RegistrySession, endpoint: Endpoint, diagnosis: Diagnosis
) -> Diagnosis:
    """Return *diagnosis* with Docker Hub's quota, which comes with manifests only.

    HEAD does not count as a pull. Accounts without a limit get no header.
    """
    if endpoint.registry != DOCKER_HUB or endpoint.is_mirror or diagnosis.quota:
        return diagnosis
    url = endpoint.url(_RATE_LIMIT, "manifests", "latest")
    response = session.ask("HEAD", endpoint, url)
    return replace(diagnosis, quota=quota_of(response))


def _access(
    session: RegistrySession, endpoint: Endpoint, response: httpx.Response
) -> Access:
    sent = "Authorization" in response.request.headers
    match response.status_code:
        case httpx.codes.OK if _is_page(response):
            hint = "check the address, and whether a proxy requires a login"
            raise Failure("it sent a web page, not a registry's answer", hint=hint)
        case httpx.codes.OK:
            return Access.BASIC if sent else Access.OPEN
        case httpx.codes.UNAUTHORIZED if not sent and (access := _asked_for(response)):
            return access
        case httpx.codes.NOT_FOUND:
            hint = "check its name: there is no registry at this address"
            raise Failure("it has no `/v2/`", hint=hint)
        case _:
            raise session.refusal(endpoint, response)


def _is_page(response: httpx.Response) -> bool:
    content_type: str = response.headers.get("Content-Type", "")
    return content_type.strip().lower().startswith("text/html")


def _asked_for(response: httpx.Response) -> Access | None:
    schemes = challenges_of(response)
    if "bearer" in schemes:
        return Access.TOKEN
    return Access.BASIC if "basic" in schemes else None
