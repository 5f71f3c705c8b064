"""Trust on first use: compare who signed an image with who signed it before."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.model.signer import (
    KeySigner,
    SignerChange,
    SigstoreSigner,
    signer_change,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.config.signatures import SignerRequirement
    from imagelock.model.signer import Signer
    from imagelock.signatures.lookup import FoundSigners


class TrustOutcome(Enum):
    """The result of the comparison."""

    UNSIGNED = "unsigned"
    """Nothing was expected, and nothing is there."""
    TRUSTED = "trusted"
    """Signed as before, as required, or for the first time."""
    RENAMED = "renamed"
    """Signed from the same source repository, by another identity."""
    CHANGED = "changed"
    """Signed by somebody else."""
    MISSING = "missing"
    """No signature that counts, where one is expected."""
    UNVERIFIED = "unverified"
    """Signatures, none of which counts, where none is expected."""
    UNKNOWN = "unknown"
    """A signature is expected, and could not be read or verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Who is expected to sign an image.

    `requirements` are those of the settings for it: any of them will do, and who signed
    before does not count then. `before` are the recorded signers of the image, or else
    of other tags in its repository.
    """

    requirements: tuple[SignerRequirement, ...] = ()
    before: tuple[Signer, ...] = ()

    @property
    def is_expected(self) -> bool:
        """Whether the image must be signed."""
        return bool(self.requirements or self.before)

    def accepts(self, signer: Signer) -> bool:
        """Return whether *signer* is one of the expected ones."""
        if self.requirements:
            return any(_allows(each, signer) for each in self.requirements)
        return any(
            signer_change(each, signer) is SignerChange.SAME for each in self.before
        )

    def judge(self, found: FoundSigners) -> tuple[TrustOutcome, Signer | None]:
        """Return the outcome for *found*, and the signer to record, if there is one."""
        signers = found.signers
        if accepted := next(filter(self.accepts, signers), None):
            return TrustOutcome.TRUSTED, accepted
        if not self.is_expected:
            return _first_use(found)
        if renamed := None if self.requirements else self._renamed(signers):
            return TrustOutcome.RENAMED, renamed
        # The signature that is expected may be among those that are not known.
        if found.failures or found.not_verified:
            return TrustOutcome.UNKNOWN, None
        if signers and not self.requirements:
            return TrustOutcome.CHANGED, signers[0]
        return TrustOutcome.MISSING, signers[0] if signers else None

    def _renamed(self, signers: Sequence[Signer]) -> Signer | None:
        return next(
            (
                signer
                for signer in signers
                for each in self.before
                if signer_change(each, signer) is SignerChange.RENAMED
            ),
            None,
        )


def _first_use(found: FoundSigners) -> tuple[TrustOutcome, Signer | None]:
    if found.failures:
        return TrustOutcome.UNKNOWN, None
    if found.signers:
        return TrustOutcome.TRUSTED, found.signers[0]
    if found.is_unsigned and not found.unsigned:
        return TrustOutcome.UNSIGNED, None
    return TrustOutcome.UNVERIFIED, None


def _allows(requirement: SignerRequirement, signer: Signer) -> bool:
    if requirement.allows_any:
        return True
    match signer:
        case SigstoreSigner(identity, issuer):
            return requirement.allows_identity(identity, issuer)
        case KeySigner(fingerprint):
            return requirement.key == fingerprint
        case _:
            return False
