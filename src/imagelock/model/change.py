"""Changes of locked images."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageDiff
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.model.tag_version import Level


class ChangeKind(StrEnum):
    """The effect of a change on the containers that run the image."""

    ADDED = "added"
    REMOVED = "removed"
    CONTENT = "content"
    """A declared platform gets different content."""
    INDEX_ONLY = "index-only"
    """Every declared platform gets the same content as before."""
    ROLLBACK = "rollback"
    """A declared platform gets content that an earlier lockfile had."""
    TAG_BUMPED = "tag-bumped"
    """The files name a different tag of the same repository."""
    KIND_CHANGED = "kind-changed"
    """An index became a single manifest, or the reverse."""
    DETAILS = "details"
    """The digest is unchanged; other values of the entry differ."""


@dataclass(frozen=True, slots=True)
class PlatformChange:
    """The old and the new manifest of a platform; `None` if there is no manifest."""

    platform: Platform
    old: Digest | None
    new: Digest | None


@dataclass(frozen=True, slots=True)
class Change:
    """The old and the new image of a reference; one of them may be absent.

    `details` are present if they were fetched from the registry.
    """

    reference: Reference
    kind: ChangeKind
    old: Image | None
    new: Image | None
    platforms: tuple[PlatformChange, ...]
    details: ImageDiff | None = None

    @property
    def level(self) -> Level | None:
        """The distance of the new tag from the old one; `None` if it is not newer."""
        from imagelock.model.tag_version import Version  # most locks change nothing

        old = Version.parse(self.old.reference.tag or "") if self.old else None
        new = Version.parse(self.new.reference.tag or "") if self.new else None
        if old is None or new is None or not old.fits(new) or new.order <= old.order:
            return None
        return old.level_of(new)


def compare(old: Image | None, new: Image | None) -> Change | None:
    """Return the change from *old* to *new*, or `None` if nothing changed.

    Platforms are compared by name, and only those that differ are listed.
    """
    image = new or old
    if image is None or old == new:
        return None
    platforms = tuple(_platforms(old, new))
    return Change(image.reference, _kind(old, new, platforms), old, new, platforms)


def with_bumps(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return *changes*, where a removed and an added tag become one tag bump.

    They do if they are the only ones of their repository. Sorted by the new
    reference.
    """
    result: list[Change] = []
    kinds = [ChangeKind.ADDED, ChangeKind.REMOVED]
    by_repository: dict[str, list[Change]] = {}
    for change in changes:
        if change.kind in kinds and change.reference.tag:
            by_repository.setdefault(change.reference.name, []).append(change)
        else:
            result.append(change)
    for group in map(_by_kind, by_repository.values()):
        if [change.kind for change in group] == kinds:
            added, removed = group
            result.append(_bumped(removed, added))
        else:
            result += group
    return tuple(sorted(result, key=lambda change: str(change.reference)))


def with_rollbacks(
    changes: Iterable[Change], earlier: Mapping[Reference, Collection[Digest]]
) -> tuple[Change, ...]:
    """Return *changes*, where a change to a digest in *earlier* is a rollback."""
    return tuple(
        replace(change, kind=ChangeKind.ROLLBACK)
        if change.kind is ChangeKind.CONTENT
        and change.new is not None
        and change.new.digest in earlier.get(change.reference, ())
        else change
        for change in changes
    )


def _by_kind(changes: list[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.kind.value)


def _bumped(removed: Change, added: Change) -> Change:
    platforms = tuple(_platforms(removed.old, added.new))
    return Change(
        added.reference, ChangeKind.TAG_BUMPED, removed.old, added.new, platforms
    )


def _kind(
    old: Image | None, new: Image | None, platforms: tuple[PlatformChange, ...]
) -> ChangeKind:
    if old is None:
        return ChangeKind.ADDED
    if new is None:
        return ChangeKind.REMOVED
    if old.digest == new.digest:
        return ChangeKind.DETAILS
    if old.is_complete and old.is_index != new.is_index:
        return ChangeKind.KIND_CHANGED
    # Without platforms to compare, as in an artifact, the digest is the content.
    is_comparable = old.platforms and new.platforms
    is_changed = any(change.old and change.new for change in platforms)
    is_removed = any(change.new is None for change in platforms)
    if is_changed or is_removed or not is_comparable:
        return ChangeKind.CONTENT
    return ChangeKind.INDEX_ONLY


def _platforms(old: Image | None, new: Image | None) -> list[PlatformChange]:
    before = {m.platform: m.digest for m in old.platforms} if old else {}
    after = {m.platform: m.digest for m in new.platforms} if new else {}
    return [
        PlatformChange(platform, before.get(platform), after.get(platform))
        for platform in sorted({*before, *after})
        if before.get(platform) != after.get(platform)
    ]
