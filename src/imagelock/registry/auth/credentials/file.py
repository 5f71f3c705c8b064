"""Docker's configuration, which containers' `auth.json` is a part of."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.registry.auth.credentials.keys import matching
from imagelock.registry.auth.credentials.model import (
    BearerToken,
    IdentityToken,
    Secret,
    of_user,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_SENDABLE: Final = re.compile(r"[\x21-\x7e]+")
"""What fits in a header, where the HTTP library would quote it in an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFile:
    """What one configuration says, by its keys; entries are read when needed."""

    auths: Mapping[str, object] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""

    def helper(self, registry: str, repository: str) -> tuple[str, str]:
        """Return which helper knows *repository*, and the setting that says so.

        `credHelpers` goes before `credsStore`, and an empty name there means
        that no helper does. Its keys are matched as those of `auths`.
        """
        for key in matching(self.helpers, registry, repository):
            return self.helpers[key], "credHelpers"
        return self.store, "credsStore"

    def secret(self, registry: str, repository: str) -> Secret | None:
        """Return what `auths` has for *repository* of *registry*.

        Raises:
            ValueError: an entry for it is broken; the text has no secret.
        """
        keys = matching(self.auths, registry, repository)
        found = (_secret(key, self.auths[key]) for key in keys)
        return next((secret for secret in found if secret), None)


def parse(data: bytes | str) -> CredentialFile:
    """Read the `auths`, `credHelpers` and `credsStore` in *data*.

    Raises:
        ValueError: it is not such a file; the text quotes nothing of it.
    """
    document = _document(data)
    helpers = _object(document, "credHelpers")
    store = document.get("credsStore") or ""
    if not all(isinstance(name, str) for name in (store, *helpers.values())):
        message = "a credential helper in it is not a name"
        raise ValueError(message)
    names = {key: str(name) for key, name in helpers.items()}
    return CredentialFile(
        auths=_object(document, "auths"), helpers=names, store=str(store)
    )


def parse_legacy(data: bytes | str) -> CredentialFile:
    """Read `~/.dockercfg`, which Docker wrote until 2015: `auths` and nothing else.

    Raises:
        ValueError: it is not such a file; the text quotes nothing of it.
    """
    return CredentialFile(auths=_document(data))


def _document(data: bytes | str) -> dict[str, object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        message = "it is not JSON"
        raise ValueError(message) from None
    if not isinstance(document, dict):
        message = "it is not an object with `auths`"
        raise ValueError(message)  # noqa: TRY004 - a value of the file, not ours
    return document


def _object(document: dict[str, object], key: str) -> dict[str, object]:
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        message = f"`{key}` is not an object"
        raise ValueError(message)  # noqa: TRY004 - a value of the file, not ours
    return value


def _secret(key: str, entry: object) -> Secret | None:
    """Read one entry; an empty one says that a credential helper has it."""
    match entry:
        case {"registrytoken": str() as token} if token:
            if not _SENDABLE.fullmatch(token):
                message = f"the `registrytoken` of `{key}` is not a token"
                raise ValueError(message)
            return BearerToken(token)
        case {"identitytoken": str() as token} if token:
            username = _pair(key, entry)[0]
            return IdentityToken(token, username) if username else IdentityToken(token)
        case dict():
            return of_user(*_pair(key, entry))
        case _:
            return None


def _pair(key: str, entry: object) -> tuple[str, str]:
    """Return the user and password of *entry*, which may be empty."""
    match entry:
        case {"auth": str() as encoded} if encoded:
            username, colon, secret = _decoded(key, encoded).partition(":")
            if not colon:
                raise _broken(key)
            return username, secret
        case {"username": str() as username, "password": str() as secret}:
            return username, secret
        case _:
            return "", ""


def _decoded(key: str, encoded: str) -> str:
    padding = "=" * (-len(encoded) % 4)
    try:
        data = base64.b64decode(f"{encoded}{padding}", validate=True)
        return data.decode("utf-8").strip("\0")
    except (binascii.Error, ValueError):
        raise _broken(key) from None


def _broken(key: str) -> ValueError:
    return ValueError(f"the `auth` of `{key}` is not the Base64 of `user:password`")
