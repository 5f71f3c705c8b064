"""Who may do what in the registry in memory."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIFE: Final = 300
"""Seconds that a token is promised to live; it is never checked."""


class Scheme(Enum):
    """How a registry wants to be shown who asks."""

    OPEN = auto()
    BASIC = auto()
    TOKEN = auto()


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a token was issued for."""

    user: str | None
    repositories: frozenset[str]


class Access:
    """The users of a registry and the tokens that it has issued.

    Without users everybody may do everything, though with a token where the
    scheme asks for one.
    """

    def __init__(self, scheme: Scheme, users: Mapping[str, str]) -> None:
        self._scheme = scheme
        self._users = users
        self._numbers = count(1)
        self._grants: dict[str, _Grant] = {}
        self._lock = threading.Lock()

    def allows(self, authorization: str, repository: str | None) -> bool:
        """Tell whether *authorization* opens *repository*, or `/v2/` for `None`."""
        kind, _, value = authorization.partition(" ")
        if self._scheme is Scheme.OPEN:
            return True
        if self._scheme is Scheme.BASIC:
            return kind == "Basic" and self._user(value) is not None
        grant = self._grants.get(value) if kind == "Bearer" else None
        if grant is None or (self._users and grant.user is None):
            return False
        return repository is None or repository in grant.repositories

    def challenge(self, root: str, repository: str | None) -> str:
        """Return the `WWW-Authenticate` of a refusal; *root* is our own URL."""
        if self._scheme is Scheme.BASIC:
            return 'Basic realm="memory"'
        scope = f',scope="repository:{repository}:pull"' if repository else ""
        return f'Bearer realm="{root}/token",service="memory"{scope}'

    def token(self, authorization: str, query: str) -> bytes | None:
        """Return the JSON of a new token for the scopes of *query*.

        Nobody gets one for nothing: `None` is for credentials that are wrong.
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
        return json.dumps({"token": token, "expires_in": _LIFE}).encode()

    def revoke(self) -> None:
        """Forget every token, as if all of them had expired."""
        with self._lock:
            self._grants.clear()

    def _user(self, encoded: str) -> str | None:
        """Return whose credentials the Base64 text *encoded* is, if anybody's."""
        try:
            pair = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
        user, _, password = pair.partition(":")
        known = not self._users or self._users.get(user) == password
        return user if known else None
