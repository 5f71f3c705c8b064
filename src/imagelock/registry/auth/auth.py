"""Answer a registry's challenges: the HTTP library's hook for authentication."""

from __future__ import annotations

import base64
import re
import threading
from time import monotonic
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.auth import challenge as challenges
from imagelock.registry.auth import token_request
from imagelock.registry.auth.challenge import Challenge
from imagelock.registry.auth.credentials.model import BearerToken
from imagelock.registry.auth.ping import Ping
from imagelock.registry.auth.token_cache import Authorization, Tokens
from imagelock.registry.http.failure import Failure, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from imagelock.registry.auth.credentials.model import Keychain, Stored
    from imagelock.registry.auth.token_cache import Answer

    Flow = Generator[httpx.Request, httpx.Response, None]

_DENIED: Final = frozenset({401, 403})
REPOSITORY: Final = "imagelock-repository"
"""The extension of a request with the repository that it is for."""
_PATH: Final = re.compile(
    r"/v2/(?P<repository>.+)/(?:(?:manifests|blobs)/[^/]+|tags/list)"
)


class RegistryAuth(httpx.Auth):
    """What one server asks for, and the tokens it was given; for many threads.

    The first request goes without credentials, and the others wait for its
    answer: so a run costs one challenge a server and one token a repository, or
    less where several get one together. Tokens come from *server*, `host[:port]`,
    if that is given, and else from whichever the server names.
    """

    requires_response_body = True  # a response that is not read keeps its connection

    def __init__(
        self,
        registry: str,
        keychain: Keychain | None,
        *,
        server: str | None = None,
        clock: Callable[[], float] = monotonic,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._registry = registry
        self._server = server
        self._notice = notice
        self._tokens = Tokens(registry, keychain, clock)
        self._ping = Ping()
        self._asked = False
        self._first = threading.Lock()
        self._challenge: Challenge | None = None

    def expect(self, repositories: Iterable[str]) -> None:
        """Ask for tokens for several of *repositories* together.

        Only for servers that are known to give such; where one does not, each
        repository gets its own.
        """
        self._tokens.groups.expect(repositories)

    def auth_flow(self, request: httpx.Request) -> Flow:
        """Yield the requests to send; stop at the second refusal.

        Raises:
            Failure: a challenge or its token server cannot be used.
        """
        response = yield from self._answered(request)
        if rejected := self._tokens.without.get(repository_of(request) or ""):
            if response.status_code in _DENIED:
                raise Failure(str(rejected), hint=rejected.hint)
            self._notice(
                f"`{self._registry}`: {rejected};"
                f" went on without them ({rejected.hint})"
            )

    def _answered(self, request: httpx.Request) -> Answer:
        sent = None
        response = yield from self._ask_first(request)
        if response is None:
            sent = yield from self._authorize(request)
            response = yield request
        while response.status_code == httpx.codes.UNAUTHORIZED:
            if not (yield from self._learn(response, sent)):
                break
            sent = yield from self._authorize(request)
            if sent is None:
                break
            response = yield request
            if not sent.shared:
                return response
        else:
            return response
        if not challenges.of(response):
            # The HTTP library would return its last answer, which is the ping's.
            known = self._tokens.stored(repository_of(request) or "") is not None
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
        if chosen:
            token_request.restrict(chosen, self._server)
        repository = repository_of(response.request)
        if chosen and repository:
            offered = chosen.parameters.get("scope", "")
            self._tokens.offer(repository, offered)
        return _identity(chosen) if chosen else None

    def _learn(
        self, response: httpx.Response, sent: Authorization | None
    ) -> Generator[httpx.Request, httpx.Response, bool]:
        """Note what a `401` asks for, and tell whether to try once more."""
        repository = repository_of(response.request) or ""
        scope = self._tokens.scope(repository)
        chosen = yield from self._asked_for(response)
        if chosen is None:
            return False
        asked = chosen, self._tokens.scope(repository)
        again = asked != (self._challenge, scope)
        self._challenge = chosen
        if sent:
            self._tokens.forget(repository, sent)
        return again or sent is None or sent.shared or not sent.fresh

    def _authorize(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, Authorization | None]:
        """Put on *request* what the server asks for, if we have it."""
        challenge, repository = self._challenge, repository_of(request)
        result = None
        if challenge and challenge.scheme == "bearer" and repository:
            result = yield from self._tokens.get(challenge, request.url, repository)
        elif challenge and challenge.scheme == "basic":
            result = _basic(self._tokens.stored(repository or ""))
        if result:
            request.headers["Authorization"] = result.header
        return result


def repository_of(request: httpx.Request) -> str | None:
    """Return the repository whose content *request* is for, if any.

    Where the API of a server does not begin at `/v2/`, only a request that names
    it is known to be for one.
    """
    if match := _PATH.fullmatch(request.url.path):
        return match["repository"]
    named = request.extensions.get(REPOSITORY)
    return named if isinstance(named, str) else None


def _basic(stored: Stored | None) -> Authorization | None:
    if stored is None or isinstance(stored.secret, BearerToken):
        return None
    pair = f"{stored.secret.username}:{stored.secret.secret}".encode()
    encoded = base64.b64encode(pair).decode("ascii")
    return Authorization(f"Basic {encoded}", fresh=True)


def _identity(challenge: Challenge) -> Challenge:
    """Reduce *challenge* to what is the same for every repository."""
    names = ("realm", "service")
    kept = {n: v for n, v in challenge.parameters.items() if n in names}
    return Challenge(challenge.scheme, kept)
