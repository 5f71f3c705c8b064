"""Docker's `config.json`, and containers' `auth.json`, which is a subset of it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.auth.credentials.model import (
    BearerToken,
    IdentityToken,
    Secret,
    secret_of_user,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SENDABLE: Final = re.compile(r"[\x21-\x7e]+")
"""A token that fits in a header; the HTTP library quotes any other in its error."""
_HUB_HOSTS: Final = {DOCKER_HUB, "index.docker.io", "registry-1.docker.io"}
_API_PATHS: Final = {"", "v1", "v2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFile:
    """One configuration file; the entries of `auths` are parsed when needed."""

    auths: Mapping[str, object] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""

    def helper(self, registry: str, repository: str) -> tuple[str, str]:
        """Return the name of the helper for *repository*, and the setting with it.

        `credHelpers` takes precedence over `credsStore`; an empty name there means
        no helper. Its keys are matched like those of `auths`.
        """
        for key in matching_keys(self.helpers, registry, repository):
            return self.helpers[key], "credHelpers"
        return self.store, "credsStore"

    def secret(self, registry: str, repository: str) -> Secret | None:
        """Return the secret in `auths` for *repository* of *registry*.

        Raises:
            ValueError: an entry for it is malformed; the message has no secret.
        """
        keys = matching_keys(self.auths, registry, repository)
        secrets = (_secret(key, self.auths[key]) for key in keys)
        return next((secret for secret in secrets if secret), None)


def parse_docker_config(data: bytes | str) -> CredentialFile:
    """Parse the `auths`, `credHelpers` and `credsStore` in *data*.

    Raises:
        ValueError: it is not such a file; the message quotes nothing of it.
    """
    document = _document(data)
    helpers = _object(document, "credHelpers")
    store = document.get("credsStore") or ""
    if not all(isinstance(name, str) for name in (store, *helpers.values())):
        message = "the name of a credential helper in it is not a string"
        raise ValueError(message)
    names = {key: str(name) for key, name in helpers.items()}
    return CredentialFile(
        auths=_object(document, "auths"), helpers=names, store=str(store)
    )


def parse_dockercfg(data: bytes | str) -> CredentialFile:
    """Parse `~/.dockercfg`, which Docker wrote until 2015: `auths` and nothing else.

    Raises:
        ValueError: it is not such a file; the message quotes nothing of it.
    """
    return CredentialFile(auths=_document(data))


def matching_keys(keys: Iterable[str], registry: str, repository: str) -> list[str]:
    """Return the *keys* for *repository* of *registry*, the best match first.

    A namespace matches by whole segments: `team` is not for `teammate/app`. The
    longest is the best; of equal ones, a plain name is better than a URL.
    """
    matches = []
    for key in keys:
        host, namespace = _registry_and_namespace(key)
        is_inside = f"{repository}/".startswith(f"{namespace}/") or not namespace
        if host == registry and is_inside:
            rank = -len(namespace), key.strip("/") != key, "://" in key, key
            matches.append(rank)
    return [key for *_, key in sorted(matches)]


def _registry_and_namespace(key: str) -> tuple[str, str]:
    """Split *key*, which is `host`, `https://host/v1/` or `host/namespace`.

    The last is what containers' tools write; without a namespace, the key is for
    the whole registry. Docker Hub has several host names.
    """
    address = key.partition("://")[2] if "://" in key else key
    host, _, path = address.partition("/")
    host, path = host.lower(), path.strip("/")
    registry = DOCKER_HUB if host in _HUB_HOSTS else host
    return registry, "" if path in _API_PATHS else path


def _document(data: bytes | str) -> dict[str, object]:
    """Return the object in *data*; an empty one if there is nothing, as Docker does."""
    if not data.strip():
        return {}
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
    """Parse an entry; an empty one means that a credential helper has the secret."""
    match entry:
        case {"registrytoken": str() as token} if token:
            if not _SENDABLE.fullmatch(token):
                message = f"the `registrytoken` of `{key}` is not a token"
                raise ValueError(message)
            return BearerToken(token)
        case {"identitytoken": str() as token} if token:
            username = _user_and_password(key, entry)[0]
            return IdentityToken(token, username) if username else IdentityToken(token)
        case dict():
            return secret_of_user(*_user_and_password(key, entry))
        case _:
            return None


def _user_and_password(key: str, entry: object) -> tuple[str, str]:
    """Return the user and password in *entry*, which may be empty."""
    match entry:
        case {"auth": str() as encoded} if encoded:
            username, colon, secret = _decoded(key, encoded).partition(":")
            if not colon:
                raise _malformed(key)
            return username, secret
        case {"username": str() as username, "password": str() as secret}:
            return username, secret
        case _:
            return "", ""


def _decoded(key: str, encoded: str) -> str:
    """Return what *encoded* is; line breaks in it do not count, as for Docker.

    `base64` of GNU writes one behind each 76 characters.
    """
    encoded = encoded.replace("\r", "").replace("\n", "")
    padding = "=" * (-len(encoded) % 4)
    try:
        data = base64.b64decode(f"{encoded}{padding}", validate=True)
        return data.decode("utf-8").strip("\0")
    except (binascii.Error, ValueError):
        raise _malformed(key) from None


def _malformed(key: str) -> ValueError:
    return ValueError(f"the `auth` of `{key}` is not the Base64 of `user:password`")
