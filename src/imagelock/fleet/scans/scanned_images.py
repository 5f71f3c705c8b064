"""The locked images of a fleet as what a scanner gets, and who locks them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.digest import Digest
from imagelock.model.image import Image, PlatformManifest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.scanning.targets import LockedPlatform, locked_platforms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from sqlite3 import Connection

_IMAGES: Final = """
    SELECT image.reference, image.digest, max(image.media_type), manifest.platform,
        manifest.digest
    FROM image LEFT JOIN manifest ON manifest.image_id = image.id
    GROUP BY 1, 2, 4, 5 ORDER BY 1, 2, 4, 5
"""
_PLACES: Final = """
    SELECT image.reference, image.digest, coalesce(manifest.digest, image.digest),
        repository.name, lockfile.path
    FROM image LEFT JOIN manifest ON manifest.image_id = image.id
    JOIN entry ON entry.image_id = image.id
    JOIN lockfile ON lockfile.content_id = entry.content_id
    JOIN repository ON repository.id = lockfile.repository_id
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""

ImageKey = tuple[str, str, str]
"""A reference, the digest that is locked, and that of the manifest for a platform."""
Place = tuple[str, str]
"""A repository, and the path of a lockfile in it."""


@dataclass(frozen=True, slots=True)
class FleetPlatform:
    """A platform of a locked image, and the digest of the image that is locked."""

    digest: Digest
    locked: LockedPlatform

    @property
    def manifest(self) -> Digest:
        """The digest of the manifest, or of the image if its platforms are not known."""
        return self.locked.target.digest if self.locked.target else self.digest

    @property
    def key(self) -> ImageKey:
        """What its places are found by."""
        return str(self.locked.reference), str(self.digest), str(self.manifest)


def fleet_platforms(
    connection: Connection, matches: Callable[[str], bool]
) -> Iterator[FleetPlatform]:
    """Yield each locked platform of the images whose references match, sorted.

    An image that is locked to several digests is several images.
    """
    for (name, digest, _), group in groupby(
        connection.execute(_IMAGES), key=lambda row: (row[0], row[1], row[3] is None)
    ):
        if not matches(name):
            continue
        rows = list(group)
        image = Image(
            reference=Reference.parse(name),
            digest=Digest.parse(digest),
            media_type=next((row[2] for row in rows if row[2]), ""),
            platforms=tuple(
                PlatformManifest(Platform.parse(row[3]), Digest.parse(row[4]))
                for row in rows
                if row[3]
            ),
        )
        for locked in locked_platforms(image):
            yield FleetPlatform(image.digest, locked)


def places_by_image(
    connection: Connection, keys: set[ImageKey]
) -> dict[ImageKey, tuple[Place, ...]]:
    """Return the lockfiles that have each of *keys*, sorted."""
    return {
        key: tuple((row[3], row[4]) for row in group)
        for key, group in groupby(connection.execute(_PLACES), lambda row: row[:3])
        if key in keys
    }
