"""The bearer tokens of one server, requested once and shared between threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.dataclass import dataclass, field
from imagelock.registry.auth.credentials.model import BearerToken, IdentityToken
from imagelock.registry.auth.shared_scopes import SharedScopes
from imagelock.registry.auth.token_request import (
    TokenQuery,
    parse_token,
    pull_scope,
    refresh_request,
    rejected_credentials,
    token_request,
)
from imagelock.registry.http.failure import Failure, OutOfTime

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from imagelock.registry.auth.challenge import Challenge
    from imagelock.registry.auth.credentials.model import (
        Keychain,
        Secret,
        StoredCredential,
    )
    from imagelock.registry.auth.shared_scopes import ScopeGroup
    from imagelock.registry.auth.token_request import AccessToken

    ResponseFlow = Generator[httpx.Request, httpx.Response, httpx.Response]

_NO_OAUTH2: Final = frozenset({400, 401, 404, 405})
"""Answers of token servers that do not support OAuth2's POST."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """The `Authorization` header of a request.

    `is_new` is whether it was made for this request, so that a refusal is final;
    `is_shared` whether it is a token for other repositories, too.
    """

    header: str = field(repr=False)
    is_new: bool
    is_shared: bool = False


class TokenCache:
    """A token for each repository, or for each of the `groups` of them; thread-safe.

    One thread requests it while others that need it wait. *clock* counts seconds.
    """

    def __init__(
        self, registry: str, keychain: Keychain | None, clock: Callable[[], float]
    ) -> None:
        self.groups = SharedScopes()
        self.anonymous_because: dict[str, Failure] = {}
        """By repository, why its stored credentials were refused, if they were."""
        self._registry = registry
        self._keychain = keychain
        self._clock = clock
        self._scopes: dict[str, str] = {}
        self._refused: dict[StoredCredential, Failure] = {}
        self._tokens: dict[ScopeGroup, AccessToken] = {}
        self._failures: dict[ScopeGroup, Failure] = {}
        self._group_locks: dict[ScopeGroup, threading.Lock] = {}
        self._lock = threading.Lock()

    def stored(self, repository: str) -> StoredCredential | None:
        """Return the credential stored for *repository*, if there is one.

        Raises:
            Failure: the place where it may be stored cannot be read.
        """
        if self._keychain is None:
            return None
        return self._keychain.credential(self._registry, repository)

    def scope(self, repository: str) -> str:
        """Return the scope to ask for to read *repository*."""
        return self._scopes.get(repository, pull_scope(repository, ""))

    def offer(self, repository: str, scope: str) -> None:
        """Note the *scope* in a challenge for *repository*."""
        self._scopes[repository] = pull_scope(repository, scope)

    def get(
        self, challenge: Challenge, url: httpx.URL, repository: str
    ) -> Generator[httpx.Request, httpx.Response, Authorization]:
        """Return the authorization for *repository* on the server of *url*.

        Raises:
            Failure: the token server refuses, or cannot be used.
        """
        group = self._group(repository)
        with self._group_lock(group):
            stored = self.stored(repository)
            if stored and isinstance(stored.secret, BearerToken):
                return Authorization(f"Bearer {stored.secret.secret}", is_new=True)
            token = self._tokens.get(group)
            is_new = token is None or token.renew_at <= self._clock()
            was_split = self._group(repository) != group  # while this waited
            if is_new and not was_split:
                token = yield from self._request(challenge, url, group)
        if was_split or token is None:
            return (yield from self.get(challenge, url, repository))
        return Authorization(f"Bearer {token.value}", is_new, len(group) > 1)

    def forget(self, repository: str, sent: Authorization) -> None:
        """Drop the token in *sent*, unless another thread has renewed it.

        A shared token may only lack this repository: the others keep it.
        """
        if sent.is_shared:
            self.groups.split([repository])
            return
        group = self._group(repository)
        with self._group_lock(group):
            token = self._tokens.get(group)
            if token and sent.header == f"Bearer {token.value}":
                del self._tokens[group]

    def _group(self, repository: str) -> ScopeGroup:
        """Return the group of *repository*, if all of it has the same credential."""
        group = self.groups.of(repository)
        if len(group) == 1:
            return group
        try:
            is_uniform = len({self.stored(name) for name in group}) == 1
        except Failure:
            is_uniform = False  # the repository at fault fails when it is requested
        return group if is_uniform else (repository,)

    def _request(
        self, challenge: Challenge, url: httpx.URL, group: ScopeGroup
    ) -> Generator[httpx.Request, httpx.Response, AccessToken | None]:
        """Request a token, once: after a failure there is no second try in a run.

        Return `None` if the server gives no token for the whole of *group*, which
        has then been split.
        """
        if earlier := self._failures.get(group):
            raise Failure(str(earlier), hint=earlier.hint)
        stored = self.stored(group[0])
        # This stays if the connection breaks, which ends the generator at a `yield`.
        self._failures[group] = Failure("its token server did not answer")
        query = TokenQuery(challenge, url, tuple(map(self.scope, group)))
        try:
            response, rejected = yield from self._exchange_or_anonymous(query, group)
            if len(group) > 1 and (rejected or _is_refusal(response)):
                del self._failures[group]
                self.groups.split(group)
                return None
            if rejected:
                raise rejected
            token = parse_token(
                response,
                self._registry,
                has_credentials=stored is not None,
                now=self._clock(),
            )
        except OutOfTime:
            del self._failures[group]
            raise
        except Failure as error:
            self._failures[group] = error
            raise
        del self._failures[group]
        if stored and stored in self._refused:
            self.anonymous_because |= dict.fromkeys(group, self._refused[stored])
        self._tokens[group] = token
        return token

    def _exchange_or_anonymous(
        self, query: TokenQuery, group: ScopeGroup
    ) -> Generator[
        httpx.Request, httpx.Response, tuple[httpx.Response, Failure | None]
    ]:
        """Request a token with the stored credentials of *group*, else anonymously.

        Credentials that are refused may have expired, and public repositories need
        none. They are not sent again. If the anonymous request is refused, too, the
        refusal of the credentials comes with the response.
        """
        stored = self.stored(group[0])
        if stored is None or stored in self._refused:
            response = yield token_request(query, None)
            return response, None
        response = yield from exchange_credentials(query, stored.secret)
        if response.status_code == httpx.codes.FORBIDDEN and len(group) == 1:
            rejected = rejected_credentials(response, self._registry, stored)
            return (
                yield from self._unless_denied(query, response, group[0], rejected)
            ), None
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response, None
        rejected = rejected_credentials(response, self._registry, stored)
        self._refused[stored] = rejected
        response = yield token_request(query, None)
        return response, None if response.is_success else rejected

    def _unless_denied(
        self,
        query: TokenQuery,
        denial: httpx.Response,
        repository: str,
        rejected: Failure,
    ) -> ResponseFlow:
        """Request a token anonymously after *denial*, a `403`; else return that.

        GitHub denies expired credentials so, for public repositories, too. Of others,
        it is an answer for this repository alone: the credentials are still sent for
        those that follow.
        """
        response = yield token_request(query, None)
        if not response.is_success:
            return denial
        self.anonymous_because[repository] = rejected
        return response

    def _group_lock(self, group: ScopeGroup) -> threading.Lock:
        with self._lock:
            return self._group_locks.setdefault(group, threading.Lock())


def exchange_credentials(query: TokenQuery, secret: Secret) -> ResponseFlow:
    """Send *secret*, a password or an identity token, to the token server.

    An identity token is exchanged by OAuth2, which some servers do not support; they
    may take it as a password. The status codes are those that containerd handles.
    """
    if isinstance(secret, IdentityToken):
        response = yield refresh_request(query, secret)
        if response.status_code not in _NO_OAUTH2:
            return response
    return (yield token_request(query, secret))


def _is_refusal(response: httpx.Response) -> bool:
    """Return whether a request with another scope may succeed."""
    is_limited = response.status_code == httpx.codes.TOO_MANY_REQUESTS
    return response.is_client_error and not is_limited
