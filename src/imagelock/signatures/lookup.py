"""Who signed an image: its index first, and then the manifests of its platforms."""

from __future__ import annotations

import traceback
from pathlib import PurePath
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.errors import ImagelockError, RegistryError
from imagelock.model.signer import (
    KeySigner,
    NotationSigner,
    SignerChange,
    SigstoreSigner,
    signer_change,
)
from imagelock.signatures.find import find_signatures
from imagelock.signatures.signature import (
    InvalidSignatureError,
    NoSignatureError,
    NoVerifierError,
    Signature,
)
from imagelock.signatures.verifier import SignedImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.signer import Signer
    from imagelock.signatures.find import Found, SignatureStore
    from imagelock.signatures.verifier import Verifier

    Wanted = Callable[[Signer], bool] | None


@dataclass(slots=True)
class FoundSigners:
    """Who signed an image, and the signatures that do not count.

    `signers` are verified, the first is the one to record. `refusals` are signatures
    that are not valid or not trusted, and `not_verified` those that nothing here
    verifies. `failures` are signatures that could not be read. `unsigned` are the
    platforms without a signature, where others have one.
    """

    signers: list[Signer] = field(default_factory=list)
    refusals: list[InvalidSignatureError] = field(default_factory=list)
    not_verified: list[NoVerifierError] = field(default_factory=list)
    failures: list[RegistryError] = field(default_factory=list)
    unsigned: tuple[Platform, ...] = ()

    @property
    def is_unsigned(self) -> bool:
        """Whether there is no signature at all, good or bad."""
        return not (self.signers or self.refusals or self.not_verified or self.failures)

    def add(self, other: FoundSigners) -> None:
        """Add what is known of the signatures of *other* that do not count."""
        self.refusals += other.refusals
        self.not_verified += other.not_verified
        self.failures += other.failures


@dataclass(frozen=True, slots=True)
class SignerLookup:
    """Looks up who signed images in *store*, with the first fit of *verifiers*.

    *log* gets a line for an error that nobody foresaw.
    """

    store: SignatureStore
    verifiers: Sequence[Verifier]
    log: Callable[[str], None]

    def signers(self, image: Image, is_wanted: Wanted) -> FoundSigners:
        """Return who signed *image*, looking until *is_wanted* is true of a signer.

        Without *is_wanted*, any signer will do.

        An index that is not signed is signed by whoever signed the manifests of all
        its platforms.

        Raises:
            RegistryError: the registry could not be asked.
        """
        found = self._of_digest(SignedImage(image.reference, image.digest), is_wanted)
        if found.signers or not image.is_index or not image.platforms:
            return found
        children = {
            manifest.platform: self._of_digest(
                SignedImage(image.reference, manifest.digest), is_wanted
            )
            for manifest in image.platforms
        }
        for child in children.values():
            found.add(child)
        first, *others = children.values()
        found.signers = [
            signer
            for signer in first.signers
            if all(_has(child.signers, signer) for child in others)
        ]
        if any(child.signers for child in children.values()):
            found.unsigned = tuple(p for p, c in children.items() if not c.signers)
        return found

    def _of_digest(self, image: SignedImage, is_wanted: Wanted) -> FoundSigners:
        found = FoundSigners()
        for batch in find_signatures(image, self.store):
            for item in batch:
                signer = self._judged(item, image, found)
                if signer and signer not in found.signers:
                    found.signers.append(signer)
                if signer and is_wanted and is_wanted(signer):
                    return found
            if found.signers and is_wanted is None:
                break
        found.signers.sort(key=_preference)
        return found

    def _judged(
        self, item: Found, image: SignedImage, found: FoundSigners
    ) -> Signer | None:
        """Return who made the signature *item*, or note in *found* why nobody did."""
        try:
            if isinstance(item, Signature):
                return self._verified(item, image)
        except NoSignatureError:
            return None
        except NoVerifierError as error:
            found.not_verified.append(error)
        except InvalidSignatureError as error:
            found.refusals.append(error)
        if isinstance(item, InvalidSignatureError):
            found.refusals.append(item)
        if isinstance(item, RegistryError):
            found.failures.append(item)
        return None

    def _verified(self, signature: Signature, image: SignedImage) -> Signer:
        verifier = next((v for v in self.verifiers if v.handles(signature)), None)
        if verifier is None:
            # The settings leave its kind out.
            raise NoSignatureError
        try:
            return verifier.verify(signature, image)
        except (
            NoSignatureError,
            NoVerifierError,
            InvalidSignatureError,
            ImagelockError,
            OSError,
            MemoryError,
        ):
            raise
        except Exception as error:
            # A signature is untrusted: no verifier must be stopped by what is in it.
            *_, place = traceback.extract_tb(error.__traceback__)
            kind, file = type(error).__name__, PurePath(place.filename).name
            self.log(f"{kind} in {file}, line {place.lineno}")
            message = f"it cannot be read ({kind})"
            raise InvalidSignatureError(message) from error


def _preference(signer: Signer) -> tuple[int, str]:
    """Return what sorts *signer* among others: identities first, then by name."""
    kinds = (SigstoreSigner, KeySigner, NotationSigner)
    return kinds.index(type(signer)), str(signer)


def _has(signers: Iterable[Signer], signer: Signer) -> bool:
    return any(signer_change(signer, other) is SignerChange.SAME for other in signers)
