"""Look up who signed images, and compare it with who is expected to."""

from __future__ import annotations

import os
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Self

from imagelock.commands.resolve import map_concurrently
from imagelock.config.signatures import SignatureSettings
from imagelock.dataclass import dataclass, replace
from imagelock.errors import OutOfTimeError, RegistryError
from imagelock.model.signer import is_fingerprint
from imagelock.signatures.lookup import FoundSigners, SignerLookup
from imagelock.signatures.pem import read_public_key
from imagelock.signatures.trust import Trust, TrustOutcome
from imagelock.signatures.verifiers import verifiers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.commands.console import Console
    from imagelock.config import Config
    from imagelock.config.signatures import SignerRequirement
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference
    from imagelock.model.signer import Signer
    from imagelock.signatures.find import SignatureStore


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerCheck:
    """Who signed an image, and whether that is who was expected.

    `signer` is who gets recorded, or who signed instead; `None` for nobody.
    """

    image: Image
    trust: Trust
    found: FoundSigners
    outcome: TrustOutcome
    signer: Signer | None


@dataclass(frozen=True, slots=True)
class SignerChecks:
    """The settings for signatures, and the lock that says who signed before."""

    settings: SignatureSettings
    requirements: tuple[SignerRequirement, ...]
    before: Lockfile

    @classmethod
    def of(cls, config: Config, before: Lockfile) -> Self:
        """Return the checks that *config* and the lockfile *before* ask for."""
        settings = config.signatures or SignatureSettings()
        return cls(settings, config.policy.signers, before)

    def covers(self, key: Reference) -> bool:
        """Return whether signatures of the image *key* matter.

        Those of charts in repositories with an `index.yaml` are beside the archive.
        """
        if key.scheme:
            return False
        return self.settings.covers(key) or self.trust(key).is_expected

    def trust(self, key: Reference) -> Trust:
        """Return who is expected to sign the image *key*."""
        return Trust(
            requirements=tuple(
                each for each in self.requirements if each.images.matches(key)
            ),
            before=self._before(key),
        )

    def check(
        self, images: Iterable[Image], registry: SignatureStore, console: Console
    ) -> dict[Reference, SignerCheck | RegistryError]:
        """Return the check of each of *images*, or why there is no result.

        Raises:
            ConfigurationError: a key or the trust root cannot be read.
        """
        by_key = {image.reference: image for image in images}
        if not by_key:
            return {}
        checks = self._with_fingerprints()
        settings = checks.settings
        verifiers = verifiers_of(settings, os.environ)
        lookup = SignerLookup(registry, verifiers, console.trace)
        with console.progress("Verifying signatures", len(by_key)) as advance:
            return map_concurrently(
                by_key,
                lambda key: _check(by_key[key], checks.trust(key), lookup),
                advance,
                registry_of=attrgetter("registry"),
            )

    def _before(self, key: Reference) -> tuple[Signer, ...]:
        """Return who signed the image *key* before, or else others of its repository.

        A new tag of a repository is no reason to trust somebody else.
        """
        images = self.before.images
        if (image := images.get(key)) is not None:
            return (image.signer,) if image.signer else ()
        if key in self.before.signers:
            return self.before.signers[key]
        others = [i.signer for k, i in images.items() if k.name == key.name]
        return tuple(dict.fromkeys(signer for signer in others if signer))

    def _with_fingerprints(self) -> SignerChecks:
        """Return the checks with the fingerprints of required keys, not their files."""
        files = [
            Path(each.key)
            for each in self.requirements
            if each.key and not is_fingerprint(each.key)
        ]
        if not files:
            return self
        keys = {str(file): read_public_key(file).fingerprint for file in files}
        requirements = tuple(
            replace(each, key=keys.get(each.key, each.key)) if each.key else each
            for each in self.requirements
        )
        all_keys = tuple(dict.fromkeys([*self.settings.keys, *files]))
        settings = replace(self.settings, keys=all_keys)
        return SignerChecks(settings, requirements, self.before)


def _check(image: Image, trust: Trust, lookup: SignerLookup) -> SignerCheck:
    try:
        wanted = trust.accepts if trust.is_expected else None
        found = lookup.signers(image, wanted)
    except OutOfTimeError:
        raise
    except RegistryError as error:
        # Not found is not an answer here: the image itself was found.
        raise _could_not_look(image, [error]) from error
    outcome, signer = trust.judge(found)
    if outcome is TrustOutcome.UNKNOWN:
        raise _unknown(image, found)
    return SignerCheck(
        image=image, trust=trust, found=found, outcome=outcome, signer=signer
    )


def _unknown(image: Image, found: FoundSigners) -> RegistryError:
    if found.failures:
        return _could_not_look(image, found.failures)
    error = found.not_verified[0]
    message = f"cannot verify a signature of `{image.reference.familiar}`: {error}"
    return RegistryError(message, hint=error.hint)


def _could_not_look(image: Image, errors: Sequence[RegistryError]) -> RegistryError:
    error = errors[0]
    name = image.reference.familiar
    failure = RegistryError(
        f"cannot look for signatures of `{name}`: {error}", hint=error.hint
    )
    if error.cause:
        failure.cause = f"cannot look for signatures: {error.cause}"
    return failure
