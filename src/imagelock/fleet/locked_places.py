"""Lockfiles that lock an image: rows of the database as values."""

from __future__ import annotations

from typing import Any, Final, Self

from imagelock.dataclass import dataclass

COLUMNS: Final = 8
"""Columns that name a place; more may follow."""


def select(
    condition: str, *, platform: str = "NULL", join: str = "", more: str = ""
) -> str:
    """Return the query for the places of images for which *condition* holds.

    *join* has tables besides that of images, *platform* may be a column of them, and
    *more* begins with a comma.
    """
    return f"""
        SELECT image.reference, image.digest, repository.name, lockfile.path,
            {platform}, repository.revision, repository.read_at, repository.reason{more}
        FROM image {join}
        JOIN entry ON entry.image_id = image.id
        JOIN lockfile ON lockfile.content_id = entry.content_id
        JOIN repository ON repository.id = lockfile.repository_id
        WHERE {condition}
    """  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True, order=True)
class LockedPlace:
    """A lockfile that locks an image.

    `platform` is the one whose manifest has the digest in question, and empty if it is
    the image's own, or if a reference was asked for. `revision` is the commit, if there
    is one. `unread_reason` is why the repository could not be read since `read_at`.
    Of a vulnerability, `severity` is the highest that scanners state, and `packages`
    are those that have it, with their versions and those without it.
    """

    reference: str
    digest: str
    repository: str
    lockfile: str
    platform: str = ""
    revision: str | None = None
    read_at: str = ""
    unread_reason: str | None = None
    severity: str | None = None
    packages: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Self:
        """Return the place in the first columns of *row*."""
        reference, digest, repository, lockfile, platform, *others = row[:COLUMNS]
        return cls(reference, digest, repository, lockfile, platform or "", *others)
