"""Take digests over from another tool: the work behind `import`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imagelock.model.image import Image
from imagelock.model.occurrence import Occurrence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.importers.imported_digest import ImportedDigest
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """The new lockfile, and what became of each digest that was brought.

    `taken` are those that the lock has now, `known` those that it had, `kept`
    the images that were locked to another digest and stay so, `unused` what no
    file names, and `ambiguous_places` what could be for more than one image.
    """

    lockfile: Lockfile
    taken: tuple[Image, ...]
    known: tuple[Reference, ...]
    kept: tuple[ImportedDigest, ...]
    unused: tuple[ImportedDigest, ...]
    ambiguous_places: tuple[ImportedDigest, ...]


def import_digests(
    brought: Iterable[ImportedDigest],
    found: Sequence[Found],
    lockfile: Lockfile,
    platforms: Sequence[Platform],
    *,
    overwrite: bool,
) -> ImportResult:
    """Return *lockfile* with the digests of *brought* for what the files name.

    No registry is asked. So media type and platforms are not known: the next
    `lock` fills them in, for these digests. An entry that the lock has stays,
    unless *overwrite* is wanted.
    """
    uses = _uses(found)
    images = dict(lockfile.images)
    taken: dict[Reference, Image] = {}
    known: list[Reference] = []
    rest: dict[str, list[ImportedDigest]] = defaultdict(list)
    for one in brought:
        keys = _keys(one, uses)
        if len(keys) != 1:
            rest["several" if keys else "unused"].append(one)
            continue
        (key,) = keys
        if (old := images.get(key)) is not None and old.digest == one.digest:
            known.append(key)
        elif old is not None and (key in taken or not overwrite):
            rest["kept"].append(one)
        else:
            images[key] = taken[key] = _image(key, one.digest)
    return ImportResult(
        lockfile=replace(
            lockfile, images=images, platforms=lockfile.platforms or tuple(platforms)
        ),
        taken=tuple(taken[key] for key in sorted(taken, key=str)),
        known=tuple(dict.fromkeys(known)),
        kept=tuple(rest["kept"]),
        unused=tuple(rest["unused"]),
        ambiguous_places=tuple(rest["several"]),
    )


def _image(key: Reference, digest: Digest) -> Image:
    return Image(reference=key, digest=digest, media_type="")


def _uses(found: Iterable[Found]) -> dict[Reference, set[str]]:
    uses: dict[Reference, set[str]] = defaultdict(set)
    for one in found:
        if isinstance(one, Occurrence):
            uses[one.reference.key].update(one.place.uses)
    return uses


def _keys(one: ImportedDigest, uses: dict[Reference, set[str]]) -> list[Reference]:
    """Return the keys of the project that *one* can be for."""
    if one.reference.tag:
        return [one.reference] if one.reference in uses else []
    named = [key for key in uses if key.tag and key.name == one.reference.name]
    of_use = [key for key in named if one.use and one.use in uses[key]]
    return of_use or named
