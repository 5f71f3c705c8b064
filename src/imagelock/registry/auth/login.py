"""Show a token server what is stored, without asking for a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from imagelock.registry.auth import token_request as tokens
from imagelock.registry.auth.credentials.model import BearerToken
from imagelock.registry.auth.token_cache import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.auth.challenge import Challenge
    from imagelock.registry.auth.credentials.model import Stored

    Send = Callable[[httpx.Request], httpx.Response]


def log_in(
    challenge: Challenge,
    refused: httpx.Response,
    registry: str,
    stored: Stored,
    send: Send,
) -> None:
    """Ask the token server of *challenge* for a token that opens nothing, by *send*.

    So does `docker login`: it tells whether a password is right. *refused* is the
    answer of *registry* that had the challenge. A token that the registry takes as it is cannot
    be tried.

    Raises:
        Failure: what is *stored* is refused, or the server cannot be used.
        httpx.HTTPError: the server cannot be reached.
    """
    if isinstance(stored.secret, BearerToken):
        return
    url = refused.request.url
    asking = show((challenge, url, ()), stored.secret)
    request = next(asking)
    try:
        while True:
            response = send(request)
            request = asking.send(response)
    except StopIteration as end:
        response = end.value
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise tokens.rejected(response, registry, stored)
    tokens.read(response, registry, known=True, now=0)
