"""Which signatures are checked, and how: `[signatures]` and `[[policy.signer]]`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.model.reference import Reference
    from imagelock.model.reference_pattern import ReferencePattern

VerifierName = Literal["sigstore", "cosign", "notation"]

VERIFIERS: Final[tuple[VerifierName, ...]] = ("sigstore", "cosign", "notation")
"""Those that verify, in the order in which they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSettings:
    """The images whose signatures are looked at, and what verifies them.

    `keys` are files with public keys in PEM. `trust_root` is the file that names the
    authorities and logs of a Sigstore; `None` for the public one.
    """

    images: tuple[ReferencePattern, ...] = ()
    keys: tuple[Path, ...] = ()
    trust_root: Path | None = None
    verifiers: tuple[VerifierName, ...] = VERIFIERS

    def covers(self, reference: Reference) -> bool:
        """Return whether signatures of *reference* are looked at."""
        return any(pattern.matches(reference) for pattern in self.images)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerRequirement:
    """Who may sign the images that a pattern matches.

    `identity` and `issuer` are patterns of texts, in which `*` is any text, and `key`
    is a file with a public key, or its fingerprint, `sha256:…`. Unset, anybody.
    """

    images: ReferencePattern
    identity: str | None = None
    issuer: str | None = None
    key: str | None = None

    def allows_identity(self, identity: str, issuer: str) -> bool:
        """Return whether *identity*, for which *issuer* vouched, may sign."""
        if self.key:
            return False
        return _is_like(identity, self.identity) and _is_like(issuer, self.issuer)

    @property
    def allows_any(self) -> bool:
        """Whether any signer will do that can be verified."""
        return not (self.identity or self.issuer or self.key)


def _is_like(text: str, pattern: str | None) -> bool:
    # Only `*` is special: a `[` in an identity is a `[`.
    return pattern is None or fnmatchcase(text, _escaped(pattern))


def _escaped(pattern: str) -> str:
    return pattern.replace("[", "[[]").replace("?", "[?]")
