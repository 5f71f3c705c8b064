"""Check the content of locked images against the policy, which takes requests."""

from __future__ import annotations

from functools import cache, partial
from operator import attrgetter

from imagelock.commands.resolve import Registry, map_concurrently
from imagelock.commands.verify_registries import failure_findings
from imagelock.dataclass import replace
from imagelock.errors import RegistryError
from imagelock.light_typing import TYPE_CHECKING, Protocol
from imagelock.policies.content_use import ContentUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_registries import LockedImage, RegistryFindings
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.policies.check import PolicyCheck
    from imagelock.registry.artifact import Referrer
    from imagelock.registry.image_content import ImageContent


class ContentRegistry(Registry, Protocol):
    """The questions about images and their content."""

    def content(self, image: Image) -> ImageContent:
        """Return the documents of *image*, which are fetched when they are needed."""
        ...

    def referrers(self, reference: Reference, digest: Digest) -> Sequence[Referrer]:
        """Return what refers to *digest*, such as artifacts about its lifecycle."""
        ...


def with_content_findings(
    result: RegistryFindings,
    check: PolicyCheck,
    images: Sequence[LockedImage],
    platforms: Sequence[Platform],
    registry: ContentRegistry,
    console: Console,
) -> RegistryFindings:
    """Return *result* with what the policy has against the content of *images*.

    *platforms* are those of an image that has none of its own. An image whose registry did not answer before is not asked for again.
    """
    concerned = {
        locked.image.reference: locked
        for locked in images
        if check.concerns(locked.image.reference)
    }
    queue = [key for key in concerned if key not in result.unchecked]
    with console.progress("Looking at the content", len(queue)) as advance:
        answers = map_concurrently(
            queue,
            lambda key: _check(concerned[key], check, platforms, registry),
            advance,
            registry_of=attrgetter("registry"),
        )
    failures = {k: a for k, a in answers.items() if isinstance(a, RegistryError)}
    unchecked = result.unchecked | failures.keys()
    accepted = check.accepted(
        (f for a in answers.values() if isinstance(a, list) for f in a),
        is_complete=not unchecked & concerned.keys(),
    )
    findings = *result.findings, *accepted, *failure_findings(failures, concerned)
    return replace(result, findings=findings, unchecked=unchecked)


def _check(
    locked: LockedImage,
    check: PolicyCheck,
    platforms: Sequence[Platform],
    registry: ContentRegistry,
) -> list[Finding]:
    """Return what *check* has against the content of *locked*.

    Raises:
        RegistryError: its content cannot be fetched.
    """
    image = locked.image
    if not image.is_complete:
        own = locked.platforms or platforms
        image = registry.image(image.reference, image.digest, own)
    use = ContentUse(
        reference=image.reference,
        shown=image.reference.familiar,
        content=registry.content(image),
        now=check.now,
        # The index of several platforms is asked about once.
        referrers=cache(partial(registry.referrers, image.reference)),
    )
    return check.of_content(use, locked.places)
