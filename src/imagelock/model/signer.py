"""Who signed an image, as it is recorded in the lockfile."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGSTORE: Final = "sigstore"
KEY: Final = "key"
NOTATION: Final = "notation"

_GITHUB: Final = "https://token.actions.githubusercontent.com"
_GITHUB_URL: Final = "https://github.com/"
_FINGERPRINT: Final = re.compile(r"sha256:[a-f0-9]{64}")
_REF: Final = re.compile(r"@(?:refs/.*|[0-9a-f]{40}|[0-9a-f]{64})\Z", re.DOTALL)


class SignerChange(Enum):
    """How the signers of two images differ."""

    SAME = "same"
    RENAMED = "renamed"
    """The same source repository, in which the identity has another path."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SigstoreSigner:
    """The identity in a certificate of Sigstore, without the ref it was built from.

    `issuer` is the URL of the OIDC provider that vouched for it, and `source` that of
    the source repository, or empty if the certificate states none.
    """

    identity: str
    issuer: str
    source: str = ""

    def __str__(self) -> str:
        has_source = not self.source or self.identity.startswith(f"{self.source}/")
        source = "" if has_source else f" for {self.source}"
        # A workflow of GitHub is what most images are signed by: its issuer is noise.
        is_github = self.identity.startswith(_GITHUB_URL) and self.issuer == _GITHUB
        issuer = "" if is_github else f" ({self.issuer})"
        return f"{self.identity}{source}{issuer}"


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A key: the SHA-256 of its public key (DER, SubjectPublicKeyInfo), `sha256:…`."""

    fingerprint: str

    def __str__(self) -> str:
        return f"the key {self.fingerprint[:19]}"


@dataclass(frozen=True, slots=True)
class NotationSigner:
    """The certificate of a Notation signature: its subject and SHA-256, `sha256:…`."""

    subject: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.subject} ({self.fingerprint[:19]})"


Signer = SigstoreSigner | KeySigner | NotationSigner


def bare_identity(identity: str) -> str:
    """Return *identity* without the git ref or commit at its end.

    The certificate of a workflow names the ref that it ran on, which is another one for
    every release: `https://github.com/…/release.yml@refs/tags/v1.0` (Fulcio, "OIDC
    Usage"). Only what is a ref is cut off, or all users of a provider whose identities
    have an `@` would be the same.
    """
    match = _REF.search(identity) if "://" in identity else None
    return identity[: match.start()] if match else identity


def signer_change(old: Signer, new: Signer) -> SignerChange:
    """Return how *new* differs from *old*.

    A reusable workflow has one identity for all repositories that call it, so the
    source counts as well as the identity.
    """
    if old == new:
        return SignerChange.SAME
    if not (isinstance(old, SigstoreSigner) and isinstance(new, SigstoreSigner)):
        return SignerChange.OTHER
    if old.issuer != new.issuer:
        return SignerChange.OTHER
    if old.source == new.source != "":
        return SignerChange.RENAMED
    if old.identity == new.identity and not old.source:
        return SignerChange.SAME
    return SignerChange.OTHER


def signer_table(signer: Signer) -> dict[str, str]:
    """Return *signer* as the table of the lockfile, in the order of its keys."""
    match signer:
        case SigstoreSigner(identity, issuer, source):
            table = {"kind": SIGSTORE, "identity": identity, "issuer": issuer}
            return {**table, "source": source} if source else table
        case KeySigner(fingerprint):
            return {"kind": KEY, "fingerprint": fingerprint}
        case NotationSigner(subject, fingerprint):
            return {"kind": NOTATION, "subject": subject, "fingerprint": fingerprint}


SIGNER_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    SIGSTORE: ("identity", "issuer", "source"),
    KEY: ("fingerprint",),
    NOTATION: ("subject", "fingerprint"),
}
"""The keys of a table beside `kind`; only `source` may be absent."""


def is_fingerprint(text: str) -> bool:
    """Return whether *text* is `sha256:` and 64 digits."""
    return _FINGERPRINT.fullmatch(text) is not None
