"""Answer a registry's challenges: the HTTP library's hook for authentication."""

from __future__ import annotations

import base64
import re
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry import challenge as challenges
from imagelock.registry import token as tokens
from imagelock.registry.challenge import Challenge
from imagelock.registry.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from imagelock.registry.credentials import Credential
    from imagelock.registry.token import Token

    Flow = Generator[httpx.Request, httpx.Response, None]

_PATH: Final = re.compile(r"/v2/(?P<repository>.+)/(?:manifests|blobs)/[^/]+")


@dataclass(frozen=True, slots=True)
class _Authorization:
    """What was sent with a request, and whether it could be any fresher."""

    header: str = field(repr=False)
    fresh: bool


class RegistryAuth(httpx.Auth):
    """What one server asks for, and the tokens it was given; for many threads.

    The first request goes without credentials, and the others wait for its
    answer: so a run costs one challenge a server and one token a repository.
    A token is got by one thread while the others that need it wait.
    """

    requires_response_body = True  # a response that is not read keeps its connection

    def __init__(
        self,
        registry: str,
        credential: Credential | None,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._registry = registry
        self._credential = credential
        self._clock = clock
        self._asked = False
        self._first = threading.Lock()
        self._challenge: Challenge | None = None
        self._tokens: dict[str, Token] = {}
        self._failures: dict[str, Failure] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def auth_flow(self, request: httpx.Request) -> Flow:
        """Yield the requests to send; stop at the second refusal.

        Raises:
            Failure: a challenge or its token server cannot be used.
        """
        sent = None
        response = yield from self._ask_first(request)
        if response is None:
            sent = yield from self._authorize(request)
            response = yield request
        if (
            response.status_code == httpx.codes.UNAUTHORIZED
            and self._learn(response, sent)
            and (yield from self._authorize(request))
        ):
            yield request

    def _ask_first(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, httpx.Response | None]:
        """Send *request* as it is, if the server has not been asked before."""
        if self._asked:
            return None
        with self._first:
            if self._asked:
                return None
            try:
                response = yield request
                if response.status_code == httpx.codes.UNAUTHORIZED:
                    self._challenge = _chosen(response)
            finally:
                # After a failure, too: the others need not fail one by one.
                self._asked = True
        return response

    def _learn(self, response: httpx.Response, sent: _Authorization | None) -> bool:
        """Note what a `401` asks for, and tell whether to try once more."""
        chosen = _chosen(response)
        if chosen is None:
            return False
        again = sent is None or not sent.fresh or chosen != self._challenge
        self._challenge = chosen
        if sent:
            self._forget(response.request, sent)
        return again

    def _authorize(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, _Authorization | None]:
        """Put on *request* what the server asks for, if we have it."""
        challenge, repository = self._challenge, _repository(request)
        result = None
        if challenge and challenge.scheme == "bearer" and repository:
            result = yield from self._bearer(challenge, request.url, repository)
        elif challenge and challenge.scheme == "basic" and self._credential:
            result = _basic(self._credential)
        if result:
            request.headers["Authorization"] = result.header
        return result

    def _bearer(
        self, challenge: Challenge, url: httpx.URL, repository: str
    ) -> Generator[httpx.Request, httpx.Response, _Authorization]:
        with self._turn(repository):
            token = self._tokens.get(repository)
            fresh = token is None or token.expires <= self._clock()
            if token is None or fresh:
                token = yield from self._new_token(challenge, url, repository)
                self._tokens[repository] = token
        return _Authorization(f"Bearer {token.value}", fresh=fresh)

    def _new_token(
        self, challenge: Challenge, url: httpx.URL, repository: str
    ) -> Generator[httpx.Request, httpx.Response, Token]:
        """Ask for a token, once: what failed is not asked for again in a run."""
        if earlier := self._failures.get(repository):
            raise Failure(str(earlier), hint=earlier.hint)
        # This stays if the connection breaks, which ends the generator here.
        self._failures[repository] = Failure("its token server did not answer")
        asking = tokens.request(challenge, url, repository, self._credential)
        response = yield asking
        known = self._credential is not None
        try:
            now = self._clock()
            token = tokens.read(response, self._registry, known=known, now=now)
        except Failure as error:
            self._failures[repository] = error
            raise
        del self._failures[repository]
        return token

    def _turn(self, repository: str) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(repository, threading.Lock())

    def _forget(self, request: httpx.Request, sent: _Authorization) -> None:
        """Drop the token that was refused, unless another thread has renewed it."""
        repository = _repository(request) or ""
        with self._turn(repository):
            token = self._tokens.get(repository)
            if token and sent.header == f"Bearer {token.value}":
                del self._tokens[repository]


def _repository(request: httpx.Request) -> str | None:
    match = _PATH.fullmatch(request.url.path)
    return match["repository"] if match else None


def _basic(credential: Credential) -> _Authorization:
    pair = f"{credential.username}:{credential.secret}".encode()
    encoded = base64.b64encode(pair).decode("ascii")
    return _Authorization(f"Basic {encoded}", fresh=True)


def _chosen(response: httpx.Response) -> Challenge | None:
    """Return the challenge to answer, reduced to what identifies it."""
    headers = response.headers.get_list("WWW-Authenticate")
    found = {c.scheme: c for c in reversed(challenges.parse(headers))}
    chosen = found.get("bearer") or found.get("basic")
    if chosen is None:
        return None
    names = ("realm", "service")
    kept = {n: chosen.parameters[n] for n in names if n in chosen.parameters}
    return Challenge(chosen.scheme, kept)
