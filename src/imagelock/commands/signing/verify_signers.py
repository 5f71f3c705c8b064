"""Compare who signed the locked images with the lockfile: `verify --signatures`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.signer_options import (
    ACCEPT,
    checks_signers,
    nothing_covered,
)
from imagelock.commands.signing.signer_findings import signer_findings
from imagelock.commands.signing.signers import SignerChecks
from imagelock.commands.verify_registries import failure_findings
from imagelock.dataclass import replace
from imagelock.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_plan import VerifyPlan
    from imagelock.commands.verify_registries import LockedImage, RegistryFindings
    from imagelock.signatures.find import SignatureStore


def with_signer_findings(
    result: RegistryFindings,
    plan: VerifyPlan,
    images: Sequence[LockedImage],
    registry: SignatureStore,
    console: Console,
) -> RegistryFindings:
    """Return *result* with what is wrong with the signatures of *images*.

    Raises:
        UsageError: neither the settings nor the lockfile ask for signatures.
        ConfigurationError: a key or the trust root cannot be read.
    """
    config = plan.project.config
    if not checks_signers(config, plan.lockfile):
        raise nothing_covered()
    checks = SignerChecks.of(config, plan.lockfile)
    covered = {
        locked.image.reference: locked
        for locked in images
        if checks.covers(locked.image.reference)
        and locked.image.reference not in result.unchecked
    }
    if not covered:
        console.notice("note: no signature was looked for: no locked image needs one\n")
    queue = [locked.image for locked in covered.values()]
    answers = checks.check(queue, registry, console)
    findings = [*result.findings]
    failures = {k: a for k, a in answers.items() if isinstance(a, RegistryError)}
    for key, answer in answers.items():
        if not isinstance(answer, RegistryError):
            findings += signer_findings(answer, covered[key].places, ACCEPT)
    findings += failure_findings(failures, covered)
    return replace(
        result,
        findings=tuple(findings),
        unchecked=result.unchecked | failures.keys(),
    )
