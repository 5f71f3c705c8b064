"""The bearer tokens of one server: got once, kept, and given to many threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.auth import token_request as making
from imagelock.registry.auth.credentials.model import BearerToken, IdentityToken
from imagelock.registry.auth.shared_scopes import Groups
from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from imagelock.registry.auth.challenge import Challenge
    from imagelock.registry.auth.credentials.model import Keychain, Secret, Stored
    from imagelock.registry.auth.shared_scopes import Group
    from imagelock.registry.auth.token_request import Asked, Token

    Answer = Generator[httpx.Request, httpx.Response, httpx.Response]

_NO_OAUTH2: Final = frozenset({400, 401, 404, 405})
"""What token servers answer that do not know OAuth2's POST."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What was sent with a request.

    `fresh` is whether it could be any fresher, `shared` whether it is a token for
    other repositories, too.
    """

    header: str = field(repr=False)
    fresh: bool
    shared: bool = False


class Tokens:
    """A token for each repository, or for each of the `groups` of them.

    One thread gets it while the others that need it wait. *clock* counts seconds.
    """

    def __init__(
        self, registry: str, keychain: Keychain | None, clock: Callable[[], float]
    ) -> None:
        self.groups = Groups()
        self.without: dict[str, Failure] = {}
        """Why what is stored for a repository was refused, if it was."""
        self._registry = registry
        self._keychain = keychain
        self._clock = clock
        self._scopes: dict[str, str] = {}
        self._refused: dict[Stored, Failure] = {}
        self._tokens: dict[Group, Token] = {}
        self._failures: dict[Group, Failure] = {}
        self._turns: dict[Group, threading.Lock] = {}
        self._lock = threading.Lock()

    def stored(self, repository: str) -> Stored | None:
        """Return what is stored for *repository*.

        Raises:
            Failure: it cannot be told.
        """
        if self._keychain is None:
            return None
        return self._keychain.credential(self._registry, repository)

    def scope(self, repository: str) -> str:
        """Return the scope to ask for, to read *repository*."""
        return self._scopes.get(repository, making.scope(repository, ""))

    def offer(self, repository: str, scope: str) -> None:
        """Note the *scope* that a challenge for *repository* had."""
        self._scopes[repository] = making.scope(repository, scope)

    def get(
        self, challenge: Challenge, url: httpx.URL, repository: str
    ) -> Generator[httpx.Request, httpx.Response, Authorization]:
        """Return what opens *repository*, for the server at *url*.

        Raises:
            Failure: the token server refuses, or cannot be used.
        """
        group = self._group(repository)
        with self._turn(group):
            stored = self.stored(repository)
            if stored and isinstance(stored.secret, BearerToken):
                return Authorization(f"Bearer {stored.secret.secret}", fresh=True)
            token = self._tokens.get(group)
            fresh = token is None or token.expires <= self._clock()
            parted = self._group(repository) != group  # while this waited
            if fresh and not parted:
                token = yield from self._new(challenge, url, group)
        if parted or token is None:
            return (yield from self.get(challenge, url, repository))
        return Authorization(f"Bearer {token.value}", fresh, len(group) > 1)

    def forget(self, repository: str, sent: Authorization) -> None:
        """Drop the token in *sent*, unless another thread has renewed it.

        One that was for others, too, may only lack this repository: they keep it.
        """
        if sent.shared:
            self.groups.part([repository])
            return
        group = self._group(repository)
        with self._turn(group):
            token = self._tokens.get(group)
            if token and sent.header == f"Bearer {token.value}":
                del self._tokens[group]

    def _group(self, repository: str) -> Group:
        """Return the group of *repository*, if the same is stored for all of it."""
        group = self.groups.of(repository)
        if len(group) == 1:
            return group
        try:
            alike = len({self.stored(name) for name in group}) == 1
        except Failure:
            alike = False  # whose it is will fail when it is asked for
        return group if alike else (repository,)

    def _new(
        self, challenge: Challenge, url: httpx.URL, group: Group
    ) -> Generator[httpx.Request, httpx.Response, Token | None]:
        """Ask for a token, once: what failed is not asked for again in a run.

        `None` says that *group* gets none together, and has been parted.
        """
        if earlier := self._failures.get(group):
            raise Failure(str(earlier), hint=earlier.hint)
        stored = self.stored(group[0])
        # This stays if the connection breaks, which ends the generator here.
        self._failures[group] = Failure("its token server did not answer")
        asked = challenge, url, tuple(map(self.scope, group))
        try:
            response, rejected = yield from self._trade(asked, stored)
            if len(group) > 1 and (rejected or _is_refusal(response)):
                del self._failures[group]
                self.groups.part(group)
                return None
            if rejected:
                raise rejected
            known, now = stored is not None, self._clock()
            token = making.read(response, self._registry, known=known, now=now)
        except Failure as error:
            self._failures[group] = error
            raise
        del self._failures[group]
        if stored and stored in self._refused:
            self.without |= dict.fromkeys(group, self._refused[stored])
        self._tokens[group] = token
        return token

    def _trade(
        self, asked: Asked, stored: Stored | None
    ) -> Generator[
        httpx.Request, httpx.Response, tuple[httpx.Response, Failure | None]
    ]:
        """Return the token server's answer to *stored*, or else to nobody.

        Credentials that it refuses may have expired, and what is public needs
        none. They are not shown to it again. If nobody gets a token either, the
        refusal comes with the answer.
        """
        if stored is None or stored in self._refused:
            response = yield making.request(*asked, None)
            return response, None
        response = yield from show(asked, stored.secret)
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response, None
        rejected = making.rejected(response, self._registry, stored)
        self._refused[stored] = rejected
        response = yield making.request(*asked, None)
        return response, None if response.is_success else rejected

    def _turn(self, group: Group) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(group, threading.Lock())


def show(asked: Asked, secret: Secret) -> Answer:
    """Show *secret* to the token server: a password, or an identity token.

    The latter by OAuth2, which some servers do not know; they may take it as a
    password. The codes are those that Docker's `containerd` has met.
    """
    if isinstance(secret, IdentityToken):
        response = yield making.exchange(*asked, secret)
        if response.status_code not in _NO_OAUTH2:
            return response
    return (yield making.request(*asked, secret))


def _is_refusal(response: httpx.Response) -> bool:
    """Tell whether another question may get another answer."""
    limited = response.status_code == httpx.codes.TOO_MANY_REQUESTS
    return response.is_client_error and not limited
