"""Requests to token servers, and the bearer tokens in their answers."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.dataclass import dataclass, field
from imagelock.registry.auth.credentials.model import Credential, IdentityToken
from imagelock.registry.http import strict_json
from imagelock.registry.http.address import Reach, is_name, parse_url, reach_of
from imagelock.registry.http.failure import Failure, login_command, refusal_of
from imagelock.registry.http.transport import HEADERS, LIMIT
from imagelock.registry.http.untrusted_text import escape_for_terminal, server_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.registry.auth.challenge import Challenge
    from imagelock.registry.auth.credentials.model import Secret, StoredCredential

_SHORTEST_LIFE: Final = 60.0
"""Seconds that a token is valid unless its server promises more."""
_LONGEST_LIFE: Final = 3600.0
_MARGIN: Final = 5.0
_LARGEST_ANSWER: Final = 64 * 1024
_METADATA: Final = "metadata_read"
_VALUE: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token and the time, on the caller's clock, to renew it."""

    value: str = field(repr=False)
    renew_at: float


@dataclass(frozen=True, slots=True)
class TokenQuery:
    """A challenge, the registry's URL that it came from, and the scopes to ask for."""

    challenge: Challenge
    registry: httpx.URL
    scopes: Sequence[str]


def token_request(query: TokenQuery, secret: Secret | None) -> httpx.Request:
    """Return the request for a token with the scopes of *query*.

    Distribution's "Token Authentication Specification".

    Raises:
        Failure: no requests may be sent to the realm of the challenge.
    """
    scopes = {"scope": query.scopes, **_service(query.challenge)}
    request = httpx.Request(
        "GET",
        _realm(query).copy_merge_params(scopes),
        headers=HEADERS,
        extensions={LIMIT: _LARGEST_ANSWER},
    )
    if isinstance(secret, Credential | IdentityToken):
        basic = httpx.BasicAuth(secret.username, secret.secret)
        request = next(basic.auth_flow(request))
    return request


def refresh_request(query: TokenQuery, identity: IdentityToken) -> httpx.Request:
    """Return the request that exchanges *identity* for a token, by OAuth2.

    RFC 6749, 6; Distribution's "OAuth2 Token Authentication".

    Raises:
        Failure: no requests may be sent to the realm of the challenge.
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": "imagelock",
        "refresh_token": identity.secret,
        **({"scope": " ".join(query.scopes)} if query.scopes else {}),
        **_service(query.challenge),
    }
    return httpx.Request(
        "POST",
        _realm(query),
        headers=HEADERS,
        data=form,
        extensions={LIMIT: _LARGEST_ANSWER},
    )


def check_token_server(challenge: Challenge, server: str | None) -> None:
    """Check that *challenge* names *server*, `host[:port]`, if that is given.

    Raises:
        Failure: it names another one, which the user's settings exclude.
    """
    if server is None or challenge.scheme != "bearer":
        return
    try:
        realm = parse_url(challenge.parameters.get("realm", ""))
    except httpx.InvalidURL:
        realm = httpx.URL()
    host = realm.netloc.decode("ascii")
    if host != server.lower():
        hint = f"no credentials were sent: `token-server` allows `{server}` only"
        message = f"it names the token server `{escape_for_terminal(host)}`"
        raise Failure(message, hint=hint)


def pull_scope(repository: str, offered: str) -> str:
    """Return the scope to ask for to pull from *repository*.

    *offered* is the scope of a challenge. Servers send useless ones (`aws`, another
    repository, too many rights), so only a known right to read is taken from it:
    Azure's `metadata_read`.
    """
    actions = ["pull"]
    for resource in offered.split():
        name, _, offered_actions = resource.rpartition(":")
        if name == f"repository:{repository}":
            actions += [a for a in offered_actions.split(",") if a == _METADATA]
    return f"repository:{repository}:{','.join(dict.fromkeys(actions))}"


def rejected_credentials(
    response: httpx.Response, registry: str, stored: StoredCredential
) -> Failure:
    """Return the failure for a *response* in which a token server refuses *stored*."""
    message = server_message(response)
    quoted = f" ({message})" if message else ""
    what = (
        f"its token server `{escape_for_terminal(response.request.url.host)}` refused"
        f" the stored credentials ({stored.source}){quoted}"
    )
    hint = f"they may have expired: renew them with `{login_command(registry)}`"
    return Failure(what, hint=hint)


def parse_token(
    response: httpx.Response, registry: str, *, has_credentials: bool, now: float
) -> AccessToken:
    """Return the token in *response*.

    *has_credentials* is whether credentials for *registry* were sent; *now* is the
    time on the caller's clock, in seconds.

    Raises:
        Failure: the response is a refusal, or has no token.
    """
    server = f"its token server `{escape_for_terminal(response.request.url.host)}`"
    if not response.is_success:
        raise _refused(response, registry, server, has_credentials=has_credentials)
    try:
        # A reader may pass over a byte order mark (RFC 8259, section 8.1).
        document = strict_json.loads(response.content.removeprefix(BOM_UTF8))
    except ValueError:
        document = None
    fields = document if isinstance(document, dict) else {}
    value = fields.get("token") or fields.get("access_token")
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise Failure(f"{server} sent no usable token")
    return AccessToken(value, now + _lifetime(fields.get("expires_in")) - _MARGIN)


def _service(challenge: Challenge) -> dict[str, str]:
    service = challenge.parameters.get("service")
    return {"service": service} if service else {}


def _refused(
    response: httpx.Response, registry: str, server: str, *, has_credentials: bool
) -> Failure:
    """Return the failure; a token server's `404` does not mean `Missing`."""
    if response.status_code == httpx.codes.NOT_FOUND or response.is_redirect:
        return Failure(f"{server} answered with status {response.status_code}")
    failure = refusal_of(response, registry, has_credentials=has_credentials)
    return Failure(f"{failure} (from {server})", hint=failure.hint)


def _lifetime(promised: object) -> float:
    seconds = promised if isinstance(promised, int | float) else 0
    return min(max(seconds, _SHORTEST_LIFE), _LONGEST_LIFE)


def _realm(query: TokenQuery) -> httpx.URL:
    """Return the realm of the challenge as a URL, if the registry may name it.

    Raises:
        Failure: no requests may be sent there.
    """
    realm = query.challenge.parameters.get("realm", "")
    return _checked_realm(realm, query.registry.scheme, query.registry.host)


@lru_cache  # the same for all repositories of a registry
def _checked_realm(text: str, scheme: str, host: str) -> httpx.URL:
    if not text:
        raise _bad_realm("has no address")
    try:
        realm = parse_url(text)
    except httpx.InvalidURL:
        realm = httpx.URL()
    allowed = {"https", scheme}
    if realm.scheme not in allowed or not realm.host:
        raise _bad_realm("is not an https address")
    if realm.userinfo or "#" in text:
        raise _bad_realm("has a user or a fragment in its address")
    if not _may_name(host, realm.host):
        raise _bad_realm("is inside this machine or its network")
    return realm


def _may_name(registry: str, realm: str) -> bool:
    """Return whether *registry* may send us to the host *realm*.

    It may not be closer to us than the registry: otherwise a public registry could
    make us send requests to hosts that only we can reach.
    """
    reach = reach_of(realm)
    if registry == realm or reach is Reach.PUBLIC or reach is reach_of(registry):
        return True
    # A name may resolve to a private address, and a registry here may be close to one.
    is_near = is_name(registry) or reach_of(registry) is Reach.LOOPBACK
    return reach is Reach.PRIVATE and is_near


def _bad_realm(why: str) -> Failure:
    hint = "no credentials were sent: ask the registry's administrator"
    return Failure(f"the token server that it names {why}", hint=hint)
