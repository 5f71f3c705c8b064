"""Send requests to servers, with the credentials of each and of no other."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.auth import challenge as challenges
from imagelock.registry.auth import token_request
from imagelock.registry.auth.auth import REPOSITORY, RegistryAuth, repository_of
from imagelock.registry.auth.login import log_in
from imagelock.registry.endpoints import endpoint as endpoints
from imagelock.registry.http import warning
from imagelock.registry.http.deadline import Deadline, DeadlineTransport
from imagelock.registry.http.failure import Failure, refused
from imagelock.registry.http.request_log import silent
from imagelock.registry.http.retry import RetryTransport, Waiting
from imagelock.registry.http.transport import HEADERS, LimitTransport, Network
from imagelock.registry.http.untrusted_text import shown
from imagelock.registry.http.urls import joined
from imagelock.registry.notices import Notices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imagelock.model.registry_status import Quota
    from imagelock.registry.auth.credentials.model import Keychain, Stored
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.http.request_log import Log
    from imagelock.registry.settings import Settings

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_DENIED: Final = frozenset({401, 403})
_MOST_HOPS: Final = 5


class Session:
    """One HTTP client, and for each server what it asked for; for many threads."""

    def __init__(
        self,
        settings: Settings,
        keychain: Keychain,
        *,
        transport: httpx.BaseTransport | None = None,
        waiting: Waiting | None = None,
        log: Log = silent,
        warn: Callable[[str], None],
    ) -> None:
        waiting = waiting or Waiting()
        deadline = Deadline(settings.deadline, waiting.clock)
        hosts = endpoints.by_server(settings)
        network = transport or Network(settings, hosts, warn)
        timely = DeadlineTransport(network, deadline, settings.timeout)
        connections = {name: host.max_connections for name, host in hosts.items()}
        bounded = LimitTransport(timely, connections)
        # Outside of the bound: who waits to try again holds no connection.
        self._retrying = RetryTransport(bounded, deadline, waiting, log)
        self._client = httpx.Client(transport=self._retrying, timeout=settings.timeout)
        self._settings = settings
        self._keychain = keychain
        self.notices = Notices()
        self._auths: dict[tuple[str, str | None], RegistryAuth] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    @property
    def limits(self) -> Mapping[str, Quota]:
        """The quota that each host, `host[:port]`, told last."""
        return self._retrying.limits

    def ask(
        self,
        method: str,
        where: Endpoint,
        url: httpx.URL,
        accept: str = "*/*",
        repository: str | None = None,
    ) -> httpx.Response:
        """Return the answer of *where* to `GET` or `HEAD` of *url*, whole.

        Where TLS fails and *where* is `insecure`, it is asked without. Redirects are
        followed, each as a request of its own: to another server it goes without the
        credentials of *where*. *repository* is what *url* is in, as the server
        calls it.

        Raises:
            Failure: a redirect or a challenge cannot be followed, or the answer
                is too large; see also `translated`.
        """
        try:
            return self._followed(method, where, url, accept, repository)
        except httpx.ConnectError:
            if where.insecure is None:
                raise
        plain = replace(where, base=where.insecure, insecure=None)
        url = url.copy_with(scheme="http")
        return self._followed(method, plain, url, accept, repository)

    def _followed(
        self,
        method: str,
        where: Endpoint,
        url: httpx.URL,
        accept: str,
        repository: str | None,
    ) -> httpx.Response:
        named = {REPOSITORY: repository}
        for _ in range(_MOST_HOPS + 1):
            # Not built by the client, which would add the cookies that it was sent.
            request = httpx.Request(
                method, url, headers={**HEADERS, "Accept": accept}, extensions=named
            )
            response = self._client.send(request, auth=self._auth(where, url))
            for text in warning.read(response):
                self.notices.add(f"`{shown(url.host)}` says: {text}")
            if response.status_code not in _REDIRECTS:
                return response
            url, named = _next(url, response), {}
        raise Failure(f"it redirects more than {_MOST_HOPS} times")

    def log_in(self, where: Endpoint, response: httpx.Response, stored: Stored) -> None:
        """Show what is *stored* to the token server that *response* of *where* names.

        Not if the response is another server's, to which *where* redirects: that
        one may not send us anywhere with what is stored for this.

        Raises:
            Failure: it is refused, or the server cannot be used.
            httpx.HTTPError: the server cannot be reached.
        """
        asked = {_server(base) for base in (where.base, where.insecure) if base}
        if _server(response.request.url) not in asked:
            return
        challenge = challenges.of(response)["bearer"]
        token_request.restrict(
            challenge, self._settings.host(where.registry).token_server
        )
        send = partial(self._client.send, auth=None)
        log_in(challenge, response, where.registry, stored, send)

    def expect(self, where: Endpoint, repositories: Iterable[str]) -> None:
        """Note the *repositories*, as *where* calls them, that it will be asked for."""
        if self._settings.shares_token(where.registry):
            self._auth(where, where.base).expect(repositories)

    def refusal(self, where: Endpoint, response: httpx.Response) -> Failure:
        """Return what *response*, which is no success, means."""
        known = response.status_code in _DENIED and self._knows(where, response)
        return refused(response, where.registry, known=known)

    def _knows(self, where: Endpoint, response: httpx.Response) -> bool:
        repository = repository_of(response.request) or ""
        return self._keychain.credential(where.registry, repository) is not None

    def _auth(self, where: Endpoint, url: httpx.URL) -> RegistryAuth:
        """Return what answers the challenges of the server of *url*.

        That of a server which was only redirected to is anonymous, and it is
        kept apart: its repositories are not lent the rights of *where*.
        """
        server = _server(url)
        registry = where.registry if server == _server(where.base) else None
        with self._lock:
            if (server, registry) not in self._auths:
                keychain = self._keychain if registry else None
                only = self._settings.host(registry).token_server if registry else None
                auth = RegistryAuth(
                    registry or server, keychain, server=only, notice=self.notices.add
                )
                self._auths[server, registry] = auth
            return self._auths[server, registry]


def _server(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _next(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Return where *response* sends us to from *url*.

    Raises:
        httpx.InvalidURL: to nowhere.
        Failure: to where we do not go.
    """
    target = joined(url, response.headers.get("Location", ""))
    if target.scheme not in {"http", "https"} or not target.host:
        raise Failure("it redirects to something that is not an address")
    if url.scheme == "https" and target.scheme == "http":
        raise Failure(f"it redirects to `{shown(target.host)}` without encryption")
    if target.userinfo:
        raise Failure(f"it redirects to `{shown(target.host)}` with a password")
    return target.copy_with(fragment=None)
