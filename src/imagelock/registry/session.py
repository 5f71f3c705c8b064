"""Send requests to servers, with the credentials of each and of no other."""

from __future__ import annotations

import threading
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.dataclass import replace
from imagelock.registry.auth import login
from imagelock.registry.auth.auth import REPOSITORY, RegistryAuth, repository_of
from imagelock.registry.auth.challenge import challenges_of
from imagelock.registry.auth.token_request import check_token_server
from imagelock.registry.endpoints.endpoint import settings_by_server
from imagelock.registry.http.address import join_url, may_redirect
from imagelock.registry.http.bounded_network import RequestBounds
from imagelock.registry.http.budget import BudgetTransport
from imagelock.registry.http.deadline import Deadline, DeadlineTransport
from imagelock.registry.http.failure import Failure, refusal_elsewhere, refusal_of
from imagelock.registry.http.headers import warnings_of
from imagelock.registry.http.network import NetworkTransport
from imagelock.registry.http.pull_window import PullWindow
from imagelock.registry.http.request_log import discard
from imagelock.registry.http.retry import Clock, RetryTransport
from imagelock.registry.http.transport import (
    HEADERS,
    LARGEST,
    LIMIT,
    LimitTransport,
)
from imagelock.registry.http.untrusted_text import escape_for_terminal
from imagelock.registry.notices import Notices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imagelock.model.registry_status import Quota
    from imagelock.registry.auth.credentials.model import Keychain, StoredCredential
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.http.request_log import RequestLog
    from imagelock.registry.settings import ClientSettings

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_DENIED: Final = frozenset({401, 403})
_CREDENTIALS_MATTER: Final = _DENIED | {429}
_MOST_REDIRECTS: Final = 5
_NO_TARGET: Final = "it redirects to something that is not an http address"


class RegistrySession:
    """Thread-safe HTTP client with per-server authentication state."""

    def __init__(
        self,
        settings: ClientSettings,
        keychain: Keychain,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
        log: RequestLog = discard,
        warn: Callable[[str], None],
    ) -> None:
        clock = clock or Clock()
        deadline = Deadline(settings.deadline, clock.monotonic)
        hosts = settings_by_server(settings)
        self._bounds = bounds = RequestBounds(clock.monotonic)
        network = transport or NetworkTransport(settings, hosts, warn, bounds)
        timely = DeadlineTransport(network, deadline, settings.timeout, bounds)
        connections = {name: host.max_connections for name, host in hosts.items()}
        limited = LimitTransport(timely, connections)
        self.notices = Notices()
        self._pulls = PullWindow(settings.pulls, clock.wall, self.notices.add)
        # Outside of the limit: a request that waits holds no connection.
        frugal = BudgetTransport(limited, hosts, deadline, clock, self._pulls, log)
        self._retrying = RetryTransport(frugal, deadline, clock, settings.timeout, log)
        self.log = log
        self._settings = settings
        self._keychain = keychain
        self._auths: dict[tuple[str, str | None], RegistryAuth] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close every connection."""
        self._retrying.close()
        self._pulls.close()

    @property
    def limits(self) -> Mapping[str, Quota]:
        """The last quota that each host, `host[:port]`, stated."""
        return self._retrying.limits

    def ask(
        self,
        method: str,
        endpoint: Endpoint,
        url: httpx.URL,
        accept: str = "*/*",
        repository: str | None = None,
        *,
        limit: int = LARGEST,
    ) -> httpx.Response:
        """Return the response of *endpoint* to `GET` or `HEAD` of *url*, read.

        If TLS fails and *endpoint* is `insecure`, it is asked without TLS. Redirects
        are followed, each as a new request: to another server it goes without the
        credentials of *endpoint*. *repository* is the one that *url* is in, under
        the name that the server has for it. *limit* is in bytes.

        Raises:
            Failure: a redirect or a challenge cannot be followed, or the response
                is too large; see also `translate_failures`.
        """
        extensions = {REPOSITORY: repository, LIMIT: limit}
        is_trusted = endpoint.is_chosen or self._settings.is_trusted(endpoint.registry)
        with nullcontext() if is_trusted else self._bounds.public_only():
            try:
                return self._follow_redirects(method, endpoint, url, accept, extensions)
            except httpx.ConnectError:
                if endpoint.insecure is None:
                    raise
            plain = replace(endpoint, base=endpoint.insecure, insecure=None)
            url = url.copy_with(scheme="http")
            return self._follow_redirects(method, plain, url, accept, extensions)

    def check_login(
        self, endpoint: Endpoint, response: httpx.Response, stored: StoredCredential
    ) -> None:
        """Try *stored* on the token server that *response* of *endpoint* names.

        Nothing is tried if the response is that of another server, to which
        *endpoint* redirects: it must not choose where the credentials of *endpoint*
        go.

        Raises:
            Failure: the credentials are refused, or the server cannot be used.
            httpx.HTTPError: the server cannot be reached.
        """
        if _is_elsewhere(endpoint, response):
            return
        challenge = challenges_of(response)["bearer"]
        check_token_server(
            challenge, self._settings.host(endpoint.registry).token_server
        )
        login.check_login(challenge, response, endpoint.registry, stored, self._send)

    def expect(self, endpoint: Endpoint, repositories: Iterable[str]) -> None:
        """Announce the *repositories*, in the names of *endpoint*, to be asked for."""
        if self._settings.shares_token(endpoint.registry):
            self._auth(endpoint, endpoint.base).expect(repositories)

    def refusal(self, endpoint: Endpoint, response: httpx.Response) -> Failure:
        """Return the failure for the unsuccessful *response* of *endpoint*."""
        is_elsewhere = _is_elsewhere(endpoint, response)
        if is_elsewhere and response.status_code in _DENIED:
            return refusal_elsewhere(response)
        has_credentials = (
            not is_elsewhere
            and response.status_code in _CREDENTIALS_MATTER
            and self._has_credentials(endpoint, response)
        )
        return refusal_of(response, endpoint.registry, has_credentials=has_credentials)

    def _follow_redirects(
        self,
        method: str,
        endpoint: Endpoint,
        url: httpx.URL,
        accept: str,
        extensions: Mapping[str, object],
    ) -> httpx.Response:
        for _ in range(_MOST_REDIRECTS + 1):
            # Not built by the client, which would add cookies that it received.
            request = httpx.Request(
                method,
                url,
                headers={**HEADERS, "Accept": accept},
                extensions={**extensions},
            )
            response = self._send(request, self._auth(endpoint, url))
            for text in warnings_of(response):
                self.notices.add(f"`{escape_for_terminal(url.host)}` says: {text}")
            if response.status_code not in _REDIRECTS:
                return response
            url = _redirect_target(endpoint, url, response)
            extensions = {LIMIT: extensions[LIMIT]}
        raise Failure(f"it redirects more than {_MOST_REDIRECTS} times")

    def _send(
        self, request: httpx.Request, auth: RegistryAuth | None = None
    ) -> httpx.Response:
        """Return the last response, after those that authentication needs."""
        if auth is None:
            return self._retrying.handle_request(request)
        with closing(auth.auth_flow(request)) as flow:
            request = next(flow)
            while True:
                response = self._retrying.handle_request(request)
                try:
                    request = flow.send(response)
                except StopIteration:
                    return response

    def _has_credentials(self, endpoint: Endpoint, response: httpx.Response) -> bool:
        repository = repository_of(response.request) or ""
        return self._keychain.credential(endpoint.registry, repository) is not None

    def _auth(self, endpoint: Endpoint, url: httpx.URL) -> RegistryAuth:
        """Return the authentication for the server of *url*.

        A server that *endpoint* only redirects to gets an anonymous one of its own,
        so that its repositories are not accessed with the rights of *endpoint*.
        """
        server = _origin(url)
        registry = endpoint.registry if server == _origin(endpoint.base) else None
        with self._lock:
            if (server, registry) not in self._auths:
                keychain = self._keychain if registry else None
                only = self._settings.host(registry).token_server if registry else None
                auth = RegistryAuth(
                    registry or server, keychain, server=only, notice=self.notices.add
                )
                self._auths[server, registry] = auth
            return self._auths[server, registry]


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _is_elsewhere(endpoint: Endpoint, response: httpx.Response) -> bool:
    """Return whether *response* is that of a server to which *endpoint* redirects."""
    origins = {_origin(base) for base in (endpoint.base, endpoint.insecure) if base}
    return _origin(response.request.url) not in origins


def _redirect_target(
    endpoint: Endpoint, url: httpx.URL, response: httpx.Response
) -> httpx.URL:
    """Return the URL that *response*, the answer at *url*, redirects to.

    Raises:
        Failure: it is not an address, or not safe to follow.
    """
    try:
        target = join_url(url, response.headers.get("Location", ""))
    except httpx.InvalidURL as error:
        raise Failure(_NO_TARGET) from error
    host = escape_for_terminal(target.host)
    if target.scheme not in {"http", "https"} or not target.host:
        raise Failure(_NO_TARGET)
    if url.scheme == "https" and target.scheme == "http":
        raise Failure(f"it redirects to `{host}` without encryption")
    if target.userinfo:
        raise Failure(f"it redirects to `{host}` with a password")
    if not may_redirect(endpoint.base.host, target):
        what = f"it redirects to `{host}`, inside this machine or its network"
        hint = "the registry itself is not there: ask its administrator"
        raise Failure(what, hint=hint)
    return target.copy_with(fragment=None)
