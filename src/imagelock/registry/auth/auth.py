"""Answer a registry's challenges."""

from __future__ import annotations

import base64
import re
import threading
from time import monotonic
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.auth.challenge import (
    Challenge,
    PingChallenges,
    challenges_of,
)
from imagelock.registry.auth.credentials.model import BearerToken
from imagelock.registry.auth.token_cache import Authorization, TokenCache
from imagelock.registry.auth.token_request import check_token_server
from imagelock.registry.http.failure import Failure, refusal_elsewhere, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from imagelock.registry.auth.credentials.model import Keychain, StoredCredential
    from imagelock.registry.auth.token_cache import ResponseFlow

    AuthFlow = Generator[httpx.Request, httpx.Response, None]

_DENIED: Final = frozenset({401, 403})
_HIDING: Final = frozenset({403, 404})
"""What a registry that hides private repositories answers in place of a challenge."""
REPOSITORY: Final = "imagelock-repository"
"""The request extension with the repository that the request is for."""
_PATH: Final = re.compile(
    r"/v2/(?P<repository>.+)/(?:(?:manifests|blobs)/[^/]+|tags/list)"
)


class RegistryAuth:
    """The challenge of one server and the tokens for it; thread-safe.

    The first request is sent without credentials while the others wait for its
    response: a run costs one challenge per server and one token per repository, or
    less if several repositories share a token. Tokens come from *server*,
    `host[:port]`, if that is given, and else from the one that the registry names.
    *keychain* is `None` for a server to which a registry only redirects. *notice* is
    called when a request succeeds only without the stored credentials.
    """

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
        self._is_anonymous = keychain is None
        self._notice = notice
        self._tokens = TokenCache(registry, keychain, clock)
        self._ping = PingChallenges()
        self._was_asked = False
        self._first = threading.Lock()
        self._challenge: Challenge | None = None

    def expect(self, repositories: Iterable[str]) -> None:
        """Let *repositories* share tokens.

        Only for servers that give such tokens; if a request for one is refused, each
        repository gets its own.
        """
        self._tokens.groups.expect(repositories)

    def auth_flow(self, request: httpx.Request) -> AuthFlow:
        """Yield the requests to send; stop at the second refusal.

        Raises:
            Failure: a challenge or its token server cannot be used.
        """
        response = yield from self._send(request)
        repository = repository_of(request) or ""
        if rejected := self._tokens.anonymous_because.get(repository):
            if response.status_code in _DENIED:
                raise Failure(str(rejected), hint=rejected.hint)
            self._notice(
                f"`{self._registry}`: {rejected};"
                f" continued without them ({rejected.hint})"
            )

    def _send(self, request: httpx.Request) -> ResponseFlow:
        sent = None
        response = yield from self._send_first(request)
        if response is None:
            sent = yield from self._authorize(request)
            response = yield request
        if response.status_code in _HIDING and sent is None:
            sent, response = yield from self._try_credentials(request, response)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            response = yield from self._answer(request, response, sent)
        return response

    def _answer(
        self,
        request: httpx.Request,
        response: httpx.Response,
        sent: Authorization | None,
    ) -> ResponseFlow:
        """Send *request* again as the `401` *response* asks; return the last response.

        Raises:
            Failure: the last response is a refusal that names no challenge.
        """
        while response.status_code == httpx.codes.UNAUTHORIZED:
            if not (yield from self._learn(response, sent)):
                break
            sent = yield from self._authorize(request)
            if sent is None:
                break
            response = yield request
            if not sent.is_shared:
                return response
        else:
            return response
        if not challenges_of(response):
            # The HTTP library would return the last response, which is the ping's.
            if self._is_anonymous:
                raise refusal_elsewhere(response)
            stored = self._tokens.stored(repository_of(request) or "")
            raise refusal_of(
                response, self._registry, has_credentials=stored is not None
            )
        return response

    def _send_first(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, httpx.Response | None]:
        """Send *request* without credentials if it is the first to the server."""
        if self._was_asked:
            return None
        with self._first:
            if self._was_asked:
                return None
            try:
                response = yield request
                if response.status_code == httpx.codes.UNAUTHORIZED:
                    self._challenge = yield from self._choose_challenge(response)
            finally:
                # After a failure, too: the others need not fail one after another.
                self._was_asked = True
        return response

    def _try_credentials(
        self, request: httpx.Request, response: httpx.Response
    ) -> Generator[
        httpx.Request, httpx.Response, tuple[Authorization | None, httpx.Response]
    ]:
        """Answer the challenge at `/v2/` if no other came; return the last response.

        A registry that is open to all may hide private repositories from anonymous clients,
        as Artifactory does on request, and ask nobody for credentials.
        """
        if self._tokens.stored(repository_of(request) or "") is None:
            return None, response
        is_asked = self._challenge is None and not self._ping.was_sent
        if is_asked:
            chosen = self._choose((yield from self._ping.get(request.url)))
            self._challenge = chosen and _without_scope(chosen)
        sent = yield from self._authorize(request)
        # The last response of the flow counts, which would be that of the ping.
        return sent, ((yield request) if sent or is_asked else response)

    def _choose(self, challenges: Mapping[str, Challenge]) -> Challenge | None:
        """Return the challenge to answer.

        Raises:
            Failure: it names a token server that the user's settings exclude.
        """
        chosen = challenges.get("bearer") or challenges.get("basic")
        if chosen:
            check_token_server(chosen, self._server)
        return chosen

    def _choose_challenge(
        self, response: httpx.Response
    ) -> Generator[httpx.Request, httpx.Response, Challenge | None]:
        """Return the challenge of the `401` *response* to answer, and note its scope.

        Google's registries may send challenges at `/v2/` only.
        """
        challenges = challenges_of(response)
        if not challenges:
            challenges = yield from self._ping.get(response.request.url)
        chosen = self._choose(challenges)
        if chosen is None:
            return None
        if repository := repository_of(response.request):
            self._tokens.offer(repository, chosen.parameters.get("scope", ""))
        return _without_scope(chosen)

    def _learn(
        self, response: httpx.Response, sent: Authorization | None
    ) -> Generator[httpx.Request, httpx.Response, bool]:
        """Note the challenge of a `401`, and return whether to try once more."""
        repository = repository_of(response.request) or ""
        scope = self._tokens.scope(repository)
        chosen = yield from self._choose_challenge(response)
        if chosen is None:
            return False
        asked = chosen, self._tokens.scope(repository)
        changed = asked != (self._challenge, scope)
        self._challenge = chosen
        if sent:
            self._tokens.forget(repository, sent)
        return changed or sent is None or sent.is_shared or not sent.is_new

    def _authorize(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, Authorization | None]:
        """Set the `Authorization` that the challenge asks for, if there is one."""
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

    It is in the path of the URL, or for servers whose API is not at `/v2/`, in the
    request extension `REPOSITORY`.
    """
    if match := _PATH.fullmatch(request.url.path):
        return match["repository"]
    repository = request.extensions.get(REPOSITORY)
    return repository if isinstance(repository, str) else None


def _basic(stored: StoredCredential | None) -> Authorization | None:
    if stored is None or isinstance(stored.secret, BearerToken):
        return None
    pair = f"{stored.secret.username}:{stored.secret.secret}".encode()
    encoded = base64.b64encode(pair).decode("ascii")
    return Authorization(f"Basic {encoded}", is_new=True)


def _without_scope(challenge: Challenge) -> Challenge:
    """Return *challenge* with only the parameters that all repositories share."""
    names = ("realm", "service")
    parameters = {n: v for n, v in challenge.parameters.items() if n in names}
    return Challenge(challenge.scheme, parameters)
