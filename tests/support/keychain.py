"""A keychain with given credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagelock.registry.auth.credentials.model import StoredCredential

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.registry.auth.credentials.model import Secret


@dataclass(frozen=True, slots=True)
class GivenKeychain:
    """Credentials by the registry's name, for all of its repositories."""

    credentials: Mapping[str, Secret]

    def credential(self, registry: str, repository: str) -> StoredCredential | None:  # noqa: ARG002
        """Return the credential for exactly *registry*, if any."""
        secret = self.credentials.get(registry)
        return StoredCredential(secret, "given") if secret else None
