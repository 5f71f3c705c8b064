"""Follow an image to its base, and that to its own: `list --bases`."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from imagelock.commands.bases import not_asked_reason
from imagelock.commands.resolve import map_concurrently
from imagelock.dataclass import dataclass
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.base_image import BaseImage
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.registry.connect import open_registry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_content import ContentRegistry
    from imagelock.model.image import Image, PlatformManifest
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles
    from imagelock.registry.image_content import ImageContent

_LONGEST: Final = 8
"""At most this many bases are followed: what images state is untrusted."""


@dataclass(frozen=True, slots=True)
class BaseChain:
    """The bases of an image on some of its platforms, the nearest first.

    The last is built on nothing, or says why it is unknown what comes behind it.
    `error` is set if a registry could not be asked.
    """

    platforms: tuple[Platform, ...]
    bases: tuple[BaseImage, ...]
    error: RegistryError | None = None


def base_chains(
    project: ProjectFiles,
    images: Iterable[Image],
    console: Console,
) -> Mapping[Reference, Sequence[BaseChain] | RegistryError]:
    """Return the distinct chains of bases of each of *images*, or the error instead."""
    by_key = {image.reference: image for image in images}
    lockfile = project.lockfile()
    known = frozenset(key.registry for key in (lockfile.images if lockfile else ()))
    with (
        open_registry(
            project.config, console, DEFAULT_TIMEOUT, trusted=known
        ) as registry,
        console.progress("Asking registries", len(by_key)) as advance,
    ):
        walk = _Walk(registry, known, project.platforms)
        return map_concurrently(
            by_key,
            lambda key: walk.chains(by_key[key]),
            advance,
            registry_of=attrgetter("registry"),
        )


def chain_failures(
    chains: Mapping[Reference, Sequence[BaseChain] | RegistryError],
) -> dict[Reference, RegistryError]:
    """Return the images of which a registry could not be asked for a base."""
    failures: dict[Reference, RegistryError] = {}
    for key, answer in chains.items():
        if isinstance(answer, RegistryError):
            failures[key] = answer
        elif error := next((chain.error for chain in answer if chain.error), None):
            failures[key] = error
    return failures


@dataclass(frozen=True, slots=True)
class _Walk:
    """From images to their bases; *known* are registries that the project uses."""

    registry: ContentRegistry
    known: Collection[str]
    platforms: Sequence[Platform]

    def chains(self, image: Image) -> list[BaseChain]:
        """Return the chains of *image*: platforms with the same bases share one."""
        if image.reference.scheme:
            return []
        if not image.is_complete:
            image = self.registry.image(image.reference, image.digest, self.platforms)
        content = self.registry.content(image)
        grouped: dict[tuple[BaseImage, ...], list[Platform]] = {}
        errors: dict[tuple[BaseImage, ...], RegistryError | None] = {}
        for manifest in content.manifests:
            bases, error = self._follow(content, manifest)
            grouped.setdefault(bases, []).append(manifest.platform)
            errors[bases] = error
        return [
            BaseChain(tuple(platforms), bases, errors[bases])
            for bases, platforms in grouped.items()
        ]

    def _follow(
        self, content: ImageContent, manifest: PlatformManifest
    ) -> tuple[tuple[BaseImage, ...], RegistryError | None]:
        bases = [content.base(manifest)]
        while (reference := bases[-1].reference) is not None:
            if reason := self._end(reference, bases):
                return (*bases, BaseImage(unknown_reason=reason)), None
            try:
                bases.append(self._base_of(reference, manifest.platform))
            except NotFoundError:
                bases.append(BaseImage(unknown_reason="it is no longer served"))
            except RegistryError as error:
                return (*bases, BaseImage(unknown_reason=str(error))), error
        return tuple(bases), None

    def _end(self, reference: Reference, bases: Sequence[BaseImage]) -> str | None:
        """Return why *reference*, the last of *bases*, is not followed, if it is not."""
        if reference.digest is None:
            return "its digest at the time of the build is not stated"
        if any(base.reference == reference for base in bases[:-1]):
            return "it states itself as its base"
        if len(bases) >= _LONGEST:
            return "there are too many bases"
        return not_asked_reason(reference, self.known)

    def _base_of(self, reference: Reference, platform: Platform) -> BaseImage:
        image = self.registry.image(reference.key, reference.digest, [platform])
        content = self.registry.content(image)
        for manifest in content.manifests:
            return content.base(manifest)
        return BaseImage(unknown_reason=f"it has no {platform}")
