"""Authentication and authorization of the in-memory registry."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPIRES_IN: Final = 300
"""The `expires_in` of a token in seconds; expiry is not enforced."""


class AuthScheme(Enum):
    """The authentication scheme of a registry."""

    OPEN = auto()
    BASIC = auto()
    TOKEN = auto()


@dataclass(frozen=True, slots=True)
class _Grant:
    """The user and the repositories that a token was issued for."""

    user: str | None
    repositories: frozenset[str]


class AccessControl:
    """The users of a registry and the tokens that it has issued.

    Without users everyone has access, though with a token if the scheme requires one.
    """

    def __init__(self, scheme: AuthScheme, users: Mapping[str, str]) -> None:
        self._scheme = scheme
        self._users = users
        self._numbers = count(1)
        self._grants: dict[str, _Grant] = {}
        self._lock = threading.Lock()

    def allows(self, authorization: str, repository: str | None) -> bool:
        """Return whether *authorization* grants access to *repository*, or `/v2/` for `None`."""
        kind, _, value = authorization.partition(" ")
        if self._scheme is AuthScheme.OPEN:
            return True
        if self._scheme is AuthScheme.BASIC:
            return kind == "Basic" and self._user(value) is not None
        grant = self._grants.get(value) if kind == "Bearer" else None
        if grant is None or (self._users and grant.user is None):
            return False
        return repository is None or repository in grant.repositories

    def challenge(self, root: str, repository: str | None) -> str:
        """Return the `WWW-Authenticate` header; *root* is the URL of this registry."""
        if self._scheme is AuthScheme.BASIC:
            return 'Basic realm="memory"'
        scope = f',scope="repository:{repository}:pull"' if repository else ""
        return f'Bearer realm="{root}/token",service="memory"{scope}'

    def token(self, authorization: str, query: str) -> bytes | None:
        """Return the JSON of a new token for the scopes of *query*.

        Returns `None` for wrong credentials.
        """
        user = None
        if authorization:
            user = self._user(authorization.removeprefix("Basic "))
            if user is None:
                return None
        scopes = " ".join(parse_qs(query).get("scope", [])).split()
        names = frozenset(s.split(":")[1] for s in scopes if s.count(":") == 2)  # noqa: PLR2004 - repository:NAME:ACTIONS
        with self._lock:
            token = f"memory-token-{next(self._numbers)}"
            self._grants[token] = _Grant(user, names)
        return json.dumps({"token": token, "expires_in": _EXPIRES_IN}).encode()

    def revoke(self) -> None:
        """Revoke every token, as if all had expired."""
        with self._lock:
            self._grants.clear()

    def _user(self, encoded: str) -> str | None:
        """Return the user of the Base64-encoded credentials, or `None` if they are wrong."""
        try:
            pair = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
        user, _, password = pair.partition(":")
        is_valid = not self._users or self._users.get(user) == password
        return user if is_valid else None
