"""Find the manifests for platforms which an index does not name itself.

A descriptor may have no `platform`, and be of another index (OCI image-spec,
image-index.md). As for containerd (`images.Manifest`), a manifest whose descriptor names
the platform comes first; then those without one count, by their configurations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.registry.http.failure import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.registry.manifest import Manifest, ManifestDescriptor

_DEEPEST: Final = 4
"""Levels of indexes, the first included."""

_MOST_MANIFESTS: Final = 16
"""Manifests to fetch for an index; most images need none."""


def names_platforms(index: Manifest, platforms: Sequence[Platform]) -> bool:
    """Return whether *index* itself says all about *platforms*, without other documents."""
    wanted = [c for c in index.children if _is_any_of(c.platform, platforms)]
    return not any(child.is_index for child in wanted) and not (
        index.unplaced and _lacking(wanted, platforms)
    )


@dataclass(slots=True)
class IndexLevels:
    """The levels of an index, with the documents that are fetched for them.

    `fetch` returns the manifest at a digest, and `platform_of` the platform in the
    configuration of one. Both raise `Failure`, and `fetch` raises `Missing` for what is
    not served: mirrors copy an index without the manifests that they do not need.
    """

    fetch: Callable[[Digest], Manifest]
    platform_of: Callable[[Manifest], Platform | None]
    _fetched: int = 0

    def complete(self, index: Manifest, platforms: Sequence[Platform]) -> Manifest:
        """Return *index* with the manifests for *platforms* as its children.

        Those beyond the limits of levels and manifests are not among them.

        Raises:
            Failure: another document cannot be fetched or used.
        """
        if names_platforms(index, platforms):
            return index
        return replace(index, children=self._children(index, platforms, 1))

    def _children(
        self, index: Manifest, platforms: Sequence[Platform], level: int
    ) -> tuple[ManifestDescriptor, ...]:
        found = [
            manifest
            for child in index.children
            if _is_any_of(child.platform, platforms)
            for manifest in self._stated(child, level)
        ]
        for descriptor in index.unplaced:
            lacking = _lacking(found, platforms)
            if not lacking:
                break
            found.extend(self._unplaced(descriptor, lacking, level))
        return tuple(found)

    def _stated(
        self, child: ManifestDescriptor, level: int
    ) -> Iterator[ManifestDescriptor]:
        """Yield the manifest for the platform that *child* names, if there is one."""
        if not child.is_index:
            yield child
        elif child.platform and (manifest := self._get(child.digest)):
            yield from self._below(manifest, [child.platform], level)[:1]

    def _unplaced(
        self, descriptor: ManifestDescriptor, platforms: Sequence[Platform], level: int
    ) -> Sequence[ManifestDescriptor]:
        """Return the manifests for *platforms* that *descriptor* stands for."""
        manifest = self._get(descriptor.digest)
        if manifest is None:
            return ()
        if manifest.is_index:
            return self._below(manifest, platforms, level)
        platform = self.platform_of(manifest)
        if not _is_any_of(platform, platforms):
            return ()
        return [replace(descriptor, platform=platform)]

    def _below(
        self, manifest: Manifest, platforms: Sequence[Platform], level: int
    ) -> tuple[ManifestDescriptor, ...]:
        if level == _DEEPEST:
            return ()
        return self._children(manifest, platforms, level + 1)

    def _get(self, digest: Digest) -> Manifest | None:
        if self._fetched == _MOST_MANIFESTS:
            return None
        self._fetched += 1
        try:
            return self.fetch(digest)
        except Missing:
            return None


def _lacking(
    children: Sequence[ManifestDescriptor], platforms: Sequence[Platform]
) -> list[Platform]:
    return [
        platform
        for platform in platforms
        if not any(c.platform and platform.covers(c.platform) for c in children)
    ]


def _is_any_of(platform: Platform | None, platforms: Sequence[Platform]) -> bool:
    return platform is not None and any(each.covers(platform) for each in platforms)
