"""Credential types and the Keychain protocol."""

from __future__ import annotations

from typing import Final, Protocol, TypeAlias

from imagelock.dataclass import dataclass, field

_TOKEN_USER: Final = "<token>"  # noqa: S105 - a name, not a secret
"""The user name that credential helpers give for an identity token."""
_AZURE_USER: Final = "00000000-0000-0000-0000-000000000000"
"""The same in Azure's registries, which also accept it as a user name."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and a password or access token."""

    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A token to request other tokens with: OAuth2's refresh token.

    `username` is the user name for servers that accept it as a password only.
    """

    secret: str = field(repr=False)
    username: str = _TOKEN_USER


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A bearer token sent to the registry unchanged."""

    secret: str = field(repr=False)


Secret: TypeAlias = Credential | IdentityToken | BearerToken


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """A secret, and where it is stored, as messages name the place."""

    secret: Secret
    source: str


class Keychain(Protocol):
    """The credentials of registries."""

    def credential(self, registry: str, repository: str) -> StoredCredential | None:
        """Return the credential stored for *repository* of exactly *registry*.

        Called only once the registry requires it. *registry* is `host[:port]`, or
        `docker.io`.

        Raises:
            Failure: a file cannot be read, or a credential helper did not answer.
        """
        ...


def secret_of_user(username: str, secret: str) -> Secret | None:
    """Return *secret* as the type that *username* implies; `None` if one is empty."""
    if not username or not secret:
        return None
    if username in {_TOKEN_USER, _AZURE_USER}:
        return IdentityToken(secret, username)
    return Credential(username, secret)
