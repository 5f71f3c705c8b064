"""Compare the lock with registries. Without a network, none of this is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.missing import missing_unlocked, suggest
from imagelock.commands.remember_states import remember_states
from imagelock.commands.selection import required_digests
from imagelock.commands.verify_registries import LockedImage, compare_registries
from imagelock.dataclass import replace
from imagelock.registry.connect import lazy_registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_plan import VerifyPlan
    from imagelock.commands.verify_registries import RegistryFindings
    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.registry.lazy_client import LazyRegistryClient


def compare_online(plan: VerifyPlan, console: Console) -> RegistryFindings:
    """Return where the lockfile of *plan* and registries do not agree."""
    project, options = plan.project, plan.options
    images, unlocked = _images(plan)
    documents = project.cache.documents(project.root) if project.cache else None
    with (
        lazy_registry(
            project.config,
            console,
            options.timeout,
            documents=documents,
            answers=options.answers,
        ) as registry,
        console.progress("Asking registries", len(images)) as advance,
    ):
        registry.expect([*(locked.image.reference for locked in images), *unlocked])
        result = compare_registries(
            images, registry, project.platforms, advance, deep=options.deep
        )
        # Answers in files have times of their own.
        if options.answers is None:
            remember_states(project, plan.lockfile, images, result)
        result = _with_further_checks(result, plan, images, registry, console)
        missing = missing_unlocked(unlocked, plan.places, registry)
        known = sorted({*plan.places, *plan.lockfile.images}, key=str)
        findings = suggest([*result.findings, *missing], registry, known)
        return replace(
            result,
            findings=tuple(findings),
            mirrors=registry.mirrors,
            answers=registry.answers_use,
        )


def _images(
    plan: VerifyPlan,
) -> tuple[list[LockedImage], Mapping[Reference, Digest | None]]:
    """Return the locked images to ask for, and the others with their written digests."""
    digests = required_digests(plan.found, plan.lockfile.pins)
    own = plan.project.image_rules.platforms(digests)
    entries = plan.lockfile.images
    images = [
        LockedImage(
            entries[key],
            places,
            digests[key] is not None or bool(key.digest),
            own.get(key),
        )
        for key, places in plan.places.items()
        if key in entries
    ]
    # Without a lock, there is nothing that a registry could confirm.
    unlocked = {
        key: digests[key] for key in plan.places if images and key not in entries
    }
    return images, unlocked


def _with_further_checks(
    result: RegistryFindings,
    plan: VerifyPlan,
    images: Sequence[LockedImage],
    registry: LazyRegistryClient,
    console: Console,
) -> RegistryFindings:
    """Return *result* with what the content and the signatures of *images* say.

    Few projects ask for either.
    """
    if check := plan.content_policy:
        from imagelock.commands.verify_content import with_content_findings

        result = with_content_findings(
            result, check, images, plan.project.platforms, registry, console
        )
    if plan.options.signatures:
        from imagelock.commands.signing.verify_signers import with_signer_findings

        result = with_signer_findings(result, plan, images, registry, console)
    return result
