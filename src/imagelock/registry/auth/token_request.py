"""Trade a challenge for a bearer token."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.auth.credentials.model import Credential, IdentityToken
from imagelock.registry.http import strict_json
from imagelock.registry.http.address import Reach, is_name, reach
from imagelock.registry.http.failure import Failure, login, refused
from imagelock.registry.http.transport import HEADERS, LIMIT
from imagelock.registry.http.untrusted_text import said, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.registry.auth.challenge import Challenge
    from imagelock.registry.auth.credentials.model import Secret, Stored

    Asked = tuple[Challenge, httpx.URL, Sequence[str]]
    """A challenge, the URL that was refused, and the scopes to ask for."""

_SHORTEST_LIFE: Final = 60.0
"""Seconds that a token lives, unless its server promises more."""
_LONGEST_LIFE: Final = 3600.0
_MARGIN: Final = 5.0
_LARGEST_ANSWER: Final = 64 * 1024
_METADATA: Final = "metadata_read"
_VALUE: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and the time, on the caller's clock, to renew it."""

    value: str = field(repr=False)
    expires: float


def request(
    challenge: Challenge,
    registry: httpx.URL,
    scopes: Sequence[str],
    secret: Secret | None,
) -> httpx.Request:
    """Return the request for a token that may do what *scopes* say.

    *registry* is the URL that was refused. Distribution's "Token Authentication
    Specification".

    Raises:
        Failure: the realm of *challenge* is not one to send requests to.
    """
    realm = _realm(challenge.parameters.get("realm", ""), registry)
    url = realm.copy_merge_params({"scope": scopes, **_service(challenge)})
    asking = httpx.Request(
        "GET", url, headers=HEADERS, extensions={LIMIT: _LARGEST_ANSWER}
    )
    if isinstance(secret, Credential | IdentityToken):
        basic = httpx.BasicAuth(secret.username, secret.secret)
        asking = next(basic.auth_flow(asking))
    return asking


def exchange(
    challenge: Challenge,
    registry: httpx.URL,
    scopes: Sequence[str],
    identity: IdentityToken,
) -> httpx.Request:
    """Return the request that trades *identity* for a token, as `request` does.

    RFC 6749, 6; Distribution's "OAuth2 Token Authentication".

    Raises:
        Failure: the realm of *challenge* is not one to send requests to.
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": "imagelock",
        "refresh_token": identity.secret,
        **({"scope": " ".join(scopes)} if scopes else {}),
        **_service(challenge),
    }
    return httpx.Request(
        "POST",
        _realm(challenge.parameters.get("realm", ""), registry),
        headers=HEADERS,
        data=form,
        extensions={LIMIT: _LARGEST_ANSWER},
    )


def restrict(challenge: Challenge, server: str | None) -> None:
    """Check that *challenge* names *server*, `host[:port]`, if that is given.

    Raises:
        Failure: it names another one, which the user has ruled out.
    """
    if server is None or challenge.scheme != "bearer":
        return
    try:
        realm = httpx.URL(challenge.parameters.get("realm", ""))
    except httpx.InvalidURL:
        realm = httpx.URL()
    named = realm.netloc.decode("ascii")
    if named != server.lower():
        hint = f"no credentials were sent: `token-server` allows `{server}` only"
        raise Failure(f"it names the token server `{shown(named)}`", hint=hint)


def scope(repository: str, offered: str) -> str:
    """Return what to ask for to read *repository*.

    *offered* is the scope of a challenge: useless as servers send it (`aws`,
    another repository, too much), except for a right to read that we do not know
    to need, as Azure's `metadata_read`.
    """
    actions = ["pull"]
    for resource in offered.split():
        name, _, wanted = resource.rpartition(":")
        if name == f"repository:{repository}":
            actions += [a for a in wanted.split(",") if a == _METADATA]
    return f"repository:{repository}:{','.join(dict.fromkeys(actions))}"


def rejected(response: httpx.Response, registry: str, stored: Stored) -> Failure:
    """Return that the token server in *response* does not take *stored*."""
    words = said(response)
    quoted = f" ({words})" if words else ""
    what = (
        f"its token server `{shown(response.request.url.host)}` refused"
        f" the stored credentials ({stored.source}){quoted}"
    )
    hint = f"they may have expired: renew them with `{login(registry)}`"
    return Failure(what, hint=hint)


def read(response: httpx.Response, registry: str, *, known: bool, now: float) -> Token:
    """Return the token in *response*.

    *known* tells whether it was asked for with credentials for *registry*; *now*
    is the caller's clock, in seconds.

    Raises:
        Failure: the answer is a refusal, or holds no token.
    """
    server = f"its token server `{shown(response.request.url.host)}`"
    if not response.is_success:
        raise _refused(response, registry, server, known=known)
    try:
        answer = strict_json.loads(response.content)
    except ValueError:
        answer = None
    fields = answer if isinstance(answer, dict) else {}
    value = fields.get("token") or fields.get("access_token")
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise Failure(f"{server} sent no usable token")
    return Token(value, now + _life(fields.get("expires_in")) - _MARGIN)


def _service(challenge: Challenge) -> dict[str, str]:
    service = challenge.parameters.get("service")
    return {"service": service} if service else {}


def _refused(
    response: httpx.Response, registry: str, server: str, *, known: bool
) -> Failure:
    """Return the failure; that a token server lacks something says nothing."""
    if response.status_code == httpx.codes.NOT_FOUND or response.is_redirect:
        return Failure(f"{server} answered with status {response.status_code}")
    failure = refused(response, registry, known=known)
    return Failure(f"{failure} (from {server})", hint=failure.hint)


def _life(promised: object) -> float:
    seconds = promised if isinstance(promised, int | float) else 0
    return min(max(seconds, _SHORTEST_LIFE), _LONGEST_LIFE)


def _realm(text: str, registry: httpx.URL) -> httpx.URL:
    """Return the realm as a URL, if a registry at *registry* may name it."""
    try:
        realm = httpx.URL(text)
    except httpx.InvalidURL:
        realm = httpx.URL()
    allowed = {"https", registry.scheme}
    if realm.scheme not in allowed or not realm.host:
        raise _bad_realm("is not an https address")
    if realm.userinfo or "#" in text:
        raise _bad_realm("has a user or a fragment in its address")
    if not _may_name(registry.host, realm.host):
        raise _bad_realm("is inside this machine or its network")
    return realm


def _may_name(registry: str, realm: str) -> bool:
    """Tell whether a server as far away as *registry* may send us to *realm*.

    Else a public registry could have us talk to what only we can reach.
    """
    away = reach(realm)
    if registry == realm or away is Reach.PUBLIC or away is reach(registry):
        return True
    # A name may well stand for a private address, or this machine for a network.
    near = is_name(registry) or reach(registry) is Reach.LOOPBACK
    return away is Reach.PRIVATE and near


def _bad_realm(why: str) -> Failure:
    hint = "no credentials were sent: ask the registry's administrator"
    return Failure(f"the token server that it names {why}", hint=hint)
