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
from imagelock.registry.credentials.model import BearerToken, IdentityToken
from imagelock.registry.errors import Failure, refused
from imagelock.registry.ping import Ping

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from imagelock.registry.credentials.model import Keychain, Secret, Stored
    from imagelock.registry.token import Token

    Flow = Generator[httpx.Request, httpx.Response, None]
    _Answer = Generator[httpx.Request, httpx.Response, httpx.Response]
    _Asked = tuple[Challenge, httpx.URL, str]

_DENIED: Final = frozenset({401, 403})
_NO_OAUTH2: Final = frozenset({400, 401, 404, 405})
"""What token servers answer that do not know OAuth2's POST."""
_PATH: Final = re.compile(
    r"/v2/(?P<repository>.+)/(?:(?:manifests|blobs)/[^/]+|tags/list)"
)


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
        keychain: Keychain | None,
        *,
        clock: Callable[[], float] = monotonic,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._registry = registry
        self._keychain = keychain
        self._clock = clock
        self._notice = notice
        self._refused: dict[Stored, Failure] = {}
        self._without: dict[str, Failure] = {}
        self._scopes: dict[str, str] = {}
        self._ping = Ping()
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
        response = yield from self._answered(request)
        if rejected := self._without.get(repository_of(request) or ""):
            if response.status_code in _DENIED:
                raise Failure(str(rejected), hint=rejected.hint)
            self._notice(
                f"`{self._registry}`: {rejected};"
                f" went on without them ({rejected.hint})"
            )

    def _answered(self, request: httpx.Request) -> _Answer:
        sent = None
        response = yield from self._ask_first(request)
        if response is None:
            sent = yield from self._authorize(request)
            response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response
        if (yield from self._learn(response, sent)) and (
            yield from self._authorize(request)
        ):
            return (yield request)
        if not challenges.of(response):
            # The HTTP library would return its last answer, which is the ping's.
            known = self._stored(repository_of(request) or "") is not None
            raise refused(response, self._registry, known=known)
        return response

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
                    self._challenge = yield from self._asked_for(response)
            finally:
                # After a failure, too: the others need not fail one by one.
                self._asked = True
        return response

    def _asked_for(
        self, response: httpx.Response
    ) -> Generator[httpx.Request, httpx.Response, Challenge | None]:
        """Return what the `401` in *response* asks for, and note its scope.

        Google's registries may ask for nothing there, only at `/v2/`.
        """
        found = challenges.of(response)
        if not found:
            found = yield from self._ping.challenges(response.request.url)
        chosen = found.get("bearer") or found.get("basic")
        repository = repository_of(response.request)
        if chosen and repository:
            offered = chosen.parameters.get("scope", "")
            self._scopes[repository] = tokens.scope(repository, offered)
        return _identity(chosen) if chosen else None

    def _learn(
        self, response: httpx.Response, sent: _Authorization | None
    ) -> Generator[httpx.Request, httpx.Response, bool]:
        """Note what a `401` asks for, and tell whether to try once more."""
        repository = repository_of(response.request) or ""
        scope = self._scope(repository)
        chosen = yield from self._asked_for(response)
        if chosen is None:
            return False
        asked = chosen, self._scope(repository)
        again = sent is None or not sent.fresh or asked != (self._challenge, scope)
        self._challenge = chosen
        if sent:
            self._forget(response.request, sent)
        return again

    def _authorize(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, _Authorization | None]:
        """Put on *request* what the server asks for, if we have it."""
        challenge, repository = self._challenge, repository_of(request)
        result = None
        if challenge and challenge.scheme == "bearer" and repository:
            result = yield from self._bearer(challenge, request.url, repository)
        elif challenge and challenge.scheme == "basic":
            result = _basic(self._stored(repository or ""))
        if result:
            request.headers["Authorization"] = result.header
        return result

    def _bearer(
        self, challenge: Challenge, url: httpx.URL, repository: str
    ) -> Generator[httpx.Request, httpx.Response, _Authorization]:
        with self._turn(repository):
            stored = self._stored(repository)
            if stored and isinstance(stored.secret, BearerToken):
                return _Authorization(f"Bearer {stored.secret.secret}", fresh=True)
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
        stored = self._stored(repository)
        # This stays if the connection breaks, which ends the generator here.
        self._failures[repository] = Failure("its token server did not answer")
        asked = challenge, url, self._scope(repository)
        try:
            response = yield from self._trade(asked, stored)
            if stored and stored in self._refused:
                self._without[repository] = self._refused[stored]
            known, now = stored is not None, self._clock()
            token = tokens.read(response, self._registry, known=known, now=now)
        except Failure as error:
            self._failures[repository] = error
            raise
        del self._failures[repository]
        return token

    def _trade(self, asked: _Asked, stored: Stored | None) -> _Answer:
        """Return the token server's answer to *stored*, or else to nobody.

        Credentials that it refuses may have expired, and what is public needs
        none. They are not shown to it again.
        """
        if stored is None or stored in self._refused:
            return (yield tokens.request(*asked, None))
        response = yield from _shown(asked, stored.secret)
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response
        rejected = tokens.rejected(response, self._registry, stored)
        self._refused[stored] = rejected
        response = yield tokens.request(*asked, None)
        if not response.is_success:
            raise rejected
        return response

    def _stored(self, repository: str) -> Stored | None:
        if self._keychain is None:
            return None
        return self._keychain.credential(self._registry, repository)

    def _scope(self, repository: str) -> str:
        return self._scopes.get(repository, tokens.scope(repository, ""))

    def _turn(self, repository: str) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(repository, threading.Lock())

    def _forget(self, request: httpx.Request, sent: _Authorization) -> None:
        """Drop the token that was refused, unless another thread has renewed it."""
        repository = repository_of(request) or ""
        with self._turn(repository):
            token = self._tokens.get(repository)
            if token and sent.header == f"Bearer {token.value}":
                del self._tokens[repository]


def repository_of(request: httpx.Request) -> str | None:
    """Return the repository whose content *request* is for, if any."""
    match = _PATH.fullmatch(request.url.path)
    return match["repository"] if match else None


def _shown(asked: _Asked, secret: Secret) -> _Answer:
    """Show *secret* to the token server: a password, or an identity token.

    The latter by OAuth2, which some servers do not know; they may take it as a
    password. The codes are those that Docker's `containerd` has met.
    """
    if isinstance(secret, IdentityToken):
        response = yield tokens.exchange(*asked, secret)
        if response.status_code not in _NO_OAUTH2:
            return response
    return (yield tokens.request(*asked, secret))


def _basic(stored: Stored | None) -> _Authorization | None:
    if stored is None or isinstance(stored.secret, BearerToken):
        return None
    pair = f"{stored.secret.username}:{stored.secret.secret}".encode()
    encoded = base64.b64encode(pair).decode("ascii")
    return _Authorization(f"Basic {encoded}", fresh=True)


def _identity(challenge: Challenge) -> Challenge:
    """Reduce *challenge* to what is the same for every repository."""
    names = ("realm", "service")
    kept = {n: v for n, v in challenge.parameters.items() if n in names}
    return Challenge(challenge.scheme, kept)
