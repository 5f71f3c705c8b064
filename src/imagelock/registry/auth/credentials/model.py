"""What one can log in with, and who knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

_TOKEN_USER: Final = "<token>"  # noqa: S105 - a name, not a secret
"""The user whose password is an identity token, as credential helpers say it."""
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The same for Azure's registries, which also take it as a user."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user's name and password, or access token."""

    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A token to get tokens with: OAuth2's refresh token.

    `username` is who one is where only a password is understood.
    """

    secret: str = field(repr=False)
    username: str = _TOKEN_USER


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that the registry itself takes, as it is."""

    secret: str = field(repr=False)


Secret: TypeAlias = Credential | IdentityToken | BearerToken


@dataclass(frozen=True, slots=True)
class Stored:
    """A secret, and in a few words where it is kept."""

    secret: Secret
    source: str


class Keychain(Protocol):
    """Whatever knows the credentials of registries."""

    def credential(self, registry: str, repository: str) -> Stored | None:
        """Return what is stored for *repository* of exactly *registry*.

        Asked only after the registry asked. *registry* is `host[:port]`, or
        `docker.io`.

        Raises:
            Failure: what stores it cannot be read, or a program that should know it
                did not answer.
        """
        ...


def of_user(username: str, secret: str) -> Secret | None:
    """Return what *username* and *secret* are, or nothing if one is empty."""
    if not username or not secret:
        return None
    if username in {_TOKEN_USER, _NOBODY}:
        return IdentityToken(secret, username)
    return Credential(username, secret)
