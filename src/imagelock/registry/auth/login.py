"""Try stored credentials on a token server, without asking for a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from imagelock.registry.auth.credentials.model import BearerToken
from imagelock.registry.auth.token_cache import exchange_credentials
from imagelock.registry.auth.token_request import (
    TokenQuery,
    parse_token,
    rejected_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.auth.challenge import Challenge
    from imagelock.registry.auth.credentials.model import StoredCredential

    Send = Callable[[httpx.Request], httpx.Response]


def check_login(
    challenge: Challenge,
    refusal: httpx.Response,
    registry: str,
    stored: StoredCredential,
    send: Send,
) -> None:
    """Ask the token server of *challenge* for a token without scope.

    `docker login` checks a password the same way. *refusal* is the response of
    *registry* that had the challenge. A token that the registry takes unchanged
    cannot be checked, and passes.

    Raises:
        Failure: *stored* is refused, or the server cannot be used.
        httpx.HTTPError: the server cannot be reached.
    """
    if isinstance(stored.secret, BearerToken):
        return
    query = TokenQuery(challenge, refusal.request.url, ())
    exchange = exchange_credentials(query, stored.secret)
    request = next(exchange)
    try:
        while True:
            response = send(request)
            request = exchange.send(response)
    except StopIteration as end:
        response = end.value
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise rejected_credentials(response, registry, stored)
    parse_token(response, registry, has_credentials=True, now=0)
