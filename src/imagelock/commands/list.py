"""List the references of a project, and explain images: `list`."""

from __future__ import annotations

from imagelock.commands.selection import similar_image, unlocked_as_written
from imagelock.dataclass import dataclass
from imagelock.errors import InvalidReferenceError, UsageError
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.lockfile.model import Lockfile
from imagelock.model.image_pattern import matches_image
from imagelock.model.occurrence import Judgement, Occurrence, Reason, Skipped
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found
    from imagelock.project.project_files import ProjectFiles
    from imagelock.project.scan import Scan


STATUSES: Final = ("locked", "not-locked", "ignored", "skipped", "invalid")
"""What a reference may be."""


@dataclass(frozen=True, slots=True)
class ReferenceStatus:
    """A reference or a skipped value in a file, with its entry in the lock.

    `held` is the pattern of the settings that keeps `update` from moving it.
    """

    found: Found
    image: Image | None
    held: str | None = None

    @property
    def digest(self) -> Digest | None:
        """The locked digest."""
        return self.image.digest if self.image else None

    @property
    def status(self) -> str:
        """One of `STATUSES`."""
        match self.found:
            case Occurrence():
                return "locked" if self.digest else "not-locked"
            case Skipped(reason=Reason.IGNORED):
                return "ignored"
            case Skipped(reason=reason):
                invalid = {Judgement.INVALID, Judgement.UNREADABLE}
                return "invalid" if reason.judgement in invalid else "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An image: its entry in the lock, if it has one, and the places that name it.

    `rows` include skipped values that are written as this image.
    """

    key: Reference
    image: Image | None
    rows: Sequence[ReferenceStatus]

    @property
    def name(self) -> str:
        """The image, for people: as it is written, if it must not be shown."""
        written = unlocked_as_written(
            (row.found for row in self.rows), {self.key} if self.image else ()
        )
        return written.get(self.key) or str(self.key)


def list_references(project: ProjectFiles) -> list[ReferenceStatus]:
    """Return every reference and skipped value of *project*, sorted by place.

    Raises:
        ImagelockError: the settings or the lockfile cannot be used.
    """
    return list_with_scan(project)[0]


def list_with_scan(project: ProjectFiles) -> tuple[list[ReferenceStatus], Scan]:
    """Return what `list_references` does, and the scan, with what it does not read.

    Raises:
        ImagelockError: the settings or the lockfile cannot be used.
    """
    images = (project.lockfile() or Lockfile()).images
    scan = project.read(count_guesses=True)
    return [_status(found, project, images) for found in scan.found], scan


def explain_images(project: ProjectFiles, patterns: Sequence[str]) -> list[Explanation]:
    """Return the images of *project* that *patterns* match, each with its places.

    Raises:
        UsageError: a pattern matches no image.
    """
    images = (project.lockfile() or Lockfile()).images
    by_key: dict[Reference, list[ReferenceStatus]] = {key: [] for key in images}
    for row in list_references(project):
        if (key := written_key(row.found)) is not None:
            by_key.setdefault(key, []).append(row)
    keys = {key for pattern in patterns for key in _matching(pattern, by_key)}
    return [
        Explanation(key=key, image=images.get(key), rows=by_key[key])
        for key in sorted(keys, key=str)
    ]


def written_key(found: Found) -> Reference | None:
    """Return the key of the image that *found* is, or is written as."""
    if isinstance(found, Occurrence):
        return found.reference.key
    try:
        return Reference.parse(found.place.text).key
    except InvalidReferenceError:
        return None


def _status(
    found: Found, project: ProjectFiles, images: Mapping[Reference, Image]
) -> ReferenceStatus:
    if not isinstance(found, Occurrence):
        return ReferenceStatus(found, None)
    key = found.reference.key
    return ReferenceStatus(found, images.get(key), project.image_rules.holding(key))


def _matching(pattern: str, keys: Mapping[Reference, object]) -> list[Reference]:
    try:
        matching = [key for key in keys if matches_image(pattern, key)]
    except InvalidReferenceError:
        matching = []
    if not matching:
        raise UsageError(
            f"`{pattern}` is no file or folder, and no image of this project",
            hint=similar_image(pattern, keys),
        )
    return matching
