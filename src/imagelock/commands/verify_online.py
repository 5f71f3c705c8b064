"""Compare the lock with registries. Without a network, none of this is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.missing import missing_unlocked, suggest
from imagelock.commands.remember_states import remember_states
from imagelock.commands.selection import places_by_key, required_digests
from imagelock.commands.verify_registries import LockedImage, compare_registries
from imagelock.dataclass import dataclass, replace
from imagelock.registry.connect import lazy_registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_registries import RegistryFindings
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference
    from imagelock.policies.check import PolicyCheck
    from imagelock.project.project_files import ProjectFiles
    from imagelock.registry.answers.given import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineChecks:
    """What to ask registries for, in at most `timeout` seconds.

    Without a `timeout`, only the `answers` count. `policy` is that about content, if
    there is one.
    """

    timeout: float | None
    answers: Answers | None
    deep: bool
    signatures: bool
    policy: PolicyCheck | None


def _locked_images(
    project: ProjectFiles,
    places: Mapping[Reference, Sequence[Place]],
    digests: Mapping[Reference, Digest | None],
    lockfile: Lockfile,
) -> list[LockedImage]:
    """Return what *lockfile* has of *places*, as registries are to be asked for it."""
    own = project.image_rules.platforms(digests)
    return [
        LockedImage(
            image,
            places[key],
            digests[key] is not None or bool(key.digest),
            own.get(key),
        )
        for key in places
        if (image := lockfile.images.get(key)) is not None
    ]


def compare_online(
    project: ProjectFiles,
    found: Sequence[Found],
    lockfile: Lockfile,
    console: Console,
    checks: OnlineChecks,
) -> RegistryFindings:
    """Return where *lockfile* and the registries of the images *found* do not agree."""
    digests = required_digests(found, lockfile.pins)
    places = places_by_key(found)
    images = _locked_images(project, places, digests, lockfile)
    # Without a lock, there is nothing that a registry could confirm.
    unlocked = {
        key: digests[key] for key in places if images and key not in lockfile.images
    }
    documents = project.cache.documents(project.root) if project.cache else None
    with (
        lazy_registry(
            project.config,
            console,
            checks.timeout,
            documents=documents,
            answers=checks.answers,
        ) as registry,
        console.progress("Asking registries", len(images)) as advance,
    ):
        registry.expect([*(locked.image.reference for locked in images), *unlocked])
        result = compare_registries(
            images, registry, project.platforms, advance, deep=checks.deep
        )
        # Answers in files have times of their own.
        if checks.answers is None:
            remember_states(project, lockfile, images, result)
        if checks.policy and checks.policy.needs_content:
            from imagelock.commands.verify_content import with_content_findings

            result = with_content_findings(
                result, checks.policy, project, images, registry, console
            )
        if checks.signatures:
            from imagelock.commands.signing.verify_signers import with_signer_findings

            result = with_signer_findings(
                result, project, lockfile, images, registry, console
            )
        missing = missing_unlocked(unlocked, places, registry)
        known = sorted({*places, *lockfile.images}, key=str)
        findings = suggest([*result.findings, *missing], registry, known)
        return replace(
            result,
            findings=tuple(findings),
            mirrors=registry.mirrors,
            answers=registry.answers_use,
        )
