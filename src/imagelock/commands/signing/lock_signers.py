"""Record who signed the images of a new lockfile, and keep those that others signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from imagelock.commands.diff import compare_lockfiles
from imagelock.commands.selection import places_by_key, select
from imagelock.commands.signing.signer_findings import signer_findings
from imagelock.commands.signing.signers import SignerChecks
from imagelock.dataclass import dataclass, replace
from imagelock.errors import LockfileError, RegistryError
from imagelock.lockfile.model import Lockfile
from imagelock.signatures.trust import TrustOutcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.lock_resolution import LockResult
    from imagelock.commands.signer_options import SignerOptions
    from imagelock.config import Config
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.signatures.find import SignatureStore

_REFUSED: Final = frozenset({TrustOutcome.CHANGED, TrustOutcome.MISSING})


@dataclass(frozen=True, slots=True)
class LockSigners:
    """Records who signed the images of a lockfile, and keeps what others signed."""

    checks: SignerChecks
    options: SignerOptions

    @classmethod
    def of(cls, config: Config, before: Lockfile, options: SignerOptions) -> Self:
        """Return what *config* and the lockfile *before* ask for."""
        return cls(SignerChecks.of(config, before), options)

    def apply(
        self,
        result: LockResult,
        found: Sequence[Found],
        registry: SignatureStore,
        console: Console,
    ) -> tuple[LockResult, list[Finding]]:
        """Return *result* with the signers of its images, and findings about them.

        An image that somebody else signed, or nobody any more, stays as it was before.

        Raises:
            UsageError: a pattern of the accepted images matches none.
            ConfigurationError: a key or the trust root cannot be read.
        """
        before, images = self.checks.before, result.lockfile.images
        patterns = self.options.accepted
        accepted = select(patterns, images) if patterns else frozenset()
        places = places_by_key(found)
        queue = [
            images[key]
            for key in images
            if key in places and self._is_due(images[key], result, accepted)
        ]
        answers = self.checks.check(queue, registry, console)
        new, failures = dict(images), dict(result.failures)
        findings: list[Finding] = []
        for key, answer in answers.items():
            if isinstance(answer, RegistryError):
                failures[key] = answer
                _restore(new, key, before)
                continue
            is_refused = answer.outcome in _REFUSED
            if is_refused and key not in accepted:
                _restore(new, key, before)
            else:
                new[key] = replace(images[key], signer=answer.signer)
            if not (is_refused and key in accepted):
                findings += signer_findings(answer, places[key], self.options.accept)
        self._refuse_lost_conflicts(new, failures, findings)
        _keep_known_signers(new, places, before)
        return _result(result, new, failures, before), findings

    def _refuse_lost_conflicts(
        self,
        images: Mapping[Reference, Image],
        failures: Mapping[Reference, RegistryError],
        findings: Sequence[Finding],
    ) -> None:
        """Raise if an entry of a merge conflict would go, and with it its signer."""
        for key in self.checks.before.signers:
            if key in images:
                continue
            if key in failures:
                raise failures[key]
            for finding in findings:
                if finding.reference == key:
                    raise LockfileError(
                        f"a merge conflict cannot be resolved: {finding.message}",
                        hint=finding.hint,
                    )

    def _is_due(
        self, image: Image, result: LockResult, accepted: Collection[Reference]
    ) -> bool:
        """Return whether the signatures of *image* are looked at."""
        key = image.reference
        if key in result.failures or not self.checks.covers(key):
            return False
        is_asked = self.options.everything or key in accepted
        return is_asked or _is_new(image, self.checks.before)


def _is_new(image: Image, before: Lockfile) -> bool:
    """Return whether *image* has other content than it had before."""
    old = before.images.get(image.reference)
    return old is None or not old.is_complete or old.digest != image.digest


def _restore(images: dict[Reference, Image], key: Reference, before: Lockfile) -> None:
    """Let the entry of *key* be what it was *before*."""
    if (old := before.images.get(key)) is None:
        del images[key]
    else:
        images[key] = old


def _keep_known_signers(
    images: dict[Reference, Image],
    used: Collection[Reference],
    before: Lockfile,
) -> None:
    """Keep the signed entries of repositories of which another tag is not locked.

    Else the next run would not know who is expected to sign that tag.
    """
    names = {key.name for key in used if key not in images}
    for key, image in before.images.items():
        if image.signer and key.name in names:
            images.setdefault(key, image)


def _result(
    result: LockResult,
    images: Mapping[Reference, Image],
    failures: Mapping[Reference, RegistryError],
    before: Lockfile,
) -> LockResult:
    lockfile = result.lockfile
    is_restored = any(
        images.get(key) != image and images.get(key) == before.images.get(key)
        for key, image in lockfile.images.items()
    )
    # What was kept may not have the platforms that are declared since.
    is_known = set(lockfile.platforms) <= set(before.platforms)
    platforms = lockfile.platforms
    if is_restored and not is_known and before.images:
        platforms = before.platforms
    pins = {key: pins for key, pins in lockfile.pins.items() if key in images}
    return replace(
        result,
        lockfile=replace(lockfile, images=images, pins=pins, platforms=platforms),
        changes=compare_lockfiles(before, Lockfile(images=images)),
        failures=failures,
    )
