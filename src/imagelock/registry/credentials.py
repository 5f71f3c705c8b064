"""Credentials that `docker login` stored."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from imagelock.errors import ConfigurationError
from imagelock.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Mapping

_HUB_HOSTS: Final = {DOCKER_HUB, "index.docker.io", "registry-1.docker.io"}
_API_PATHS: Final = {"", "v1", "v2"}


@dataclass(frozen=True, slots=True)
class Credential:
    """A user's name and password, or access token."""

    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DockerKeychain:
    """The `auths` of a Docker configuration, by the registry's name."""

    credentials: Mapping[str, Credential]

    @classmethod
    def load(cls, environment: Mapping[str, str], home: Path) -> Self:
        """Read `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json`.

        No file means no credentials.

        Raises:
            ConfigurationError: the file cannot be read, or is not such a file.
        """
        folder = environment.get("DOCKER_CONFIG")
        path = (Path(folder) if folder else home / ".docker") / "config.json"
        try:
            return cls(_credentials(path.read_bytes()))
        except FileNotFoundError:
            return cls({})
        except OSError as error:
            message = f"cannot read `{path}`: {error.strerror}"
            raise ConfigurationError(message) from error
        except ValueError as error:
            # No `from`: what the error quotes may be a secret.
            message = f"`{path}` is not a Docker configuration: {error}"
            hint = "mend it, or move it away and run `docker login` again"
            raise ConfigurationError(message, hint=hint) from None

    def credential(self, registry: str) -> Credential | None:
        """Return the credential for exactly *registry* (`host[:port]`), if any."""
        return self.credentials.get(registry)


def _credentials(data: bytes) -> dict[str, Credential]:
    """Return the credentials by registry; a key that is its exact name wins."""
    found: dict[str, Credential] = {}
    auths = _auths(data)
    for key in sorted(auths, key=_is_address):
        registry = _registry(key)
        if registry is None or registry in found:
            continue
        if credential := _credential(key, auths[key]):
            found[registry] = credential
    return found


def _auths(data: bytes) -> dict[str, object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        message = "it is not JSON"
        raise ValueError(message) from None
    match document:
        case {"auths": dict() as auths}:
            return auths
        case {"auths": other} if other is not None:
            message = "`auths` is not an object"
            raise ValueError(message)
        case dict():
            return {}
        case _:
            message = "it is not an object with `auths`"
            raise ValueError(message)


def _is_address(key: str) -> bool:
    return "/" in key


def _registry(key: str) -> str | None:
    """Return the registry that *key* names: `host`, `https://host/v1/`.

    A path that is not the API's belongs to a namespace, and its credentials are
    not the whole host's.
    """
    host, _, path = key.partition("://")[2].partition("/")
    if "://" not in key:
        host, _, path = key.partition("/")
    if path.strip("/") not in _API_PATHS:
        return None
    host = host.lower()
    return DOCKER_HUB if host in _HUB_HOSTS else host


def _credential(key: str, entry: object) -> Credential | None:
    """Read one entry; an empty one says that a credential helper has it."""
    match entry:
        case {"auth": str() as encoded} if encoded:
            username, colon, secret = _decoded(key, encoded).partition(":")
            if not colon:
                raise _broken(key)
        case {"username": str() as username, "password": str() as secret}:
            pass
        case _:
            return None
    return Credential(username, secret) if username and secret else None


def _decoded(key: str, encoded: str) -> str:
    padding = "=" * (-len(encoded) % 4)
    try:
        data = base64.b64decode(f"{encoded}{padding}", validate=True)
        return data.decode("utf-8").strip("\0")
    except (binascii.Error, ValueError):
        raise _broken(key) from None


def _broken(key: str) -> ValueError:
    return ValueError(f"the `auth` of `{key}` is not the Base64 of `user:password`")
