"""Adopt the digests that another tool has locked: `import`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, replace
from imagelock.errors import ImagelockError, UsageError
from imagelock.importers import load_importers
from imagelock.importers.imported_digest import ImportedDigest
from imagelock.lockfile.model import Lockfile
from imagelock.model.image import Image
from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.project.boundary import read_inside
from imagelock.project.exclusive_run import exclusive_run
from imagelock.project.root import named_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from imagelock.commands.console import Console
    from imagelock.model.occurrence import Found
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """The new lockfile, and the outcome for each imported digest.

    `added` are the entries that are new or replaced, `known` those that the lock had.
    `kept` are digests of images that stay locked to another one, `unused` those of
    images that no file names, and `ambiguous` those that fit more than one image.
    """

    lockfile: Lockfile
    added: tuple[Image, ...]
    known: tuple[Reference, ...]
    kept: tuple[ImportedDigest, ...]
    unused: tuple[ImportedDigest, ...]
    ambiguous: tuple[ImportedDigest, ...]


def import_files(
    project: ProjectFiles,
    files: Iterable[Path],
    console: Console,
    *,
    overwrite: bool = False,
    write: bool = True,
) -> ImportResult:
    """Import the digests in *files*: lockfiles of other tools, or pinned files.

    No registry is asked. Without *write* nothing is written.

    Raises:
        ImagelockError: a file cannot be read, or has no digest.
    """
    with exclusive_run(project.root, console.notice, writes=write):
        result = import_digests(
            [digest for file in files for digest in _read_digests(project, file)],
            project.found(),
            project.lockfile() or Lockfile(),
            project.platforms,
            overwrite=overwrite,
        )
        if result.added and write:
            project.save(result.lockfile)
    return result


def import_digests(
    digests: Iterable[ImportedDigest],
    found: Sequence[Found],
    lockfile: Lockfile,
    platforms: Sequence[Platform],
    *,
    overwrite: bool,
) -> ImportResult:
    """Return *lockfile* with those of *digests* whose images are in *found*.

    Media type and platforms are not known, so the next `lock` fills them in, for
    these digests. An entry that the lock has stays, unless *overwrite* is set.
    """
    uses = _uses_by_key(found)
    images = dict(lockfile.images)
    added: dict[Reference, Image] = {}
    known: list[Reference] = []
    rest: dict[str, list[ImportedDigest]] = defaultdict(list)
    for imported in digests:
        keys = _candidates(imported, uses)
        if len(keys) != 1:
            rest["ambiguous" if keys else "unused"].append(imported)
            continue
        (key,) = keys
        if (old := images.get(key)) is not None and old.digest == imported.digest:
            known.append(key)
        elif old is not None and (key in added or not overwrite):
            rest["kept"].append(imported)
        else:
            image = Image(reference=key, digest=imported.digest, media_type="")
            images[key] = added[key] = image
    return ImportResult(
        lockfile=replace(
            lockfile, images=images, platforms=lockfile.platforms or tuple(platforms)
        ),
        added=tuple(added[key] for key in sorted(added, key=str)),
        known=tuple(dict.fromkeys(known)),
        kept=tuple(rest["kept"]),
        unused=tuple(rest["unused"]),
        ambiguous=tuple(rest["ambiguous"]),
    )


def _read_digests(project: ProjectFiles, file: Path) -> list[ImportedDigest]:
    (path,) = named_paths(project.root, [file])
    data = read_inside(project.root, path, allow_pipe=True)
    try:
        text = Text.decode(data)
        for importer in load_importers(project.config.plugins.importers).values():
            if importer.matches(text.value):
                return list(importer.read(text))
    except ImagelockError as error:
        error.add_note(f"in `{file}`")
        raise
    pinned = replace(project, paths=(path,), environment={}).found()
    digests = list(_written_digests(pinned))
    if not digests:
        raise UsageError(
            f"`{file}` has no digest to import",
            hint="name a lockfile of docker-lock, imgpin or imgpkg, or a file with"
            " `name:tag@sha256:…`",
        )
    return digests


def _written_digests(found: Iterable[Found]) -> Iterator[ImportedDigest]:
    for item in found:
        if isinstance(item, Occurrence) and item.reference.digest:
            key = item.reference.key
            yield ImportedDigest(key, item.reference.digest, item.place.location)


def _uses_by_key(found: Iterable[Found]) -> dict[Reference, set[str]]:
    uses: dict[Reference, set[str]] = defaultdict(set)
    for item in found:
        if isinstance(item, Occurrence):
            uses[item.reference.key].update(item.place.uses)
    return uses


def _candidates(
    imported: ImportedDigest, uses: dict[Reference, set[str]]
) -> list[Reference]:
    """Return the keys of the project that *imported* can be for."""
    reference = imported.reference
    if reference.tag:
        return [reference] if reference in uses else []
    named = [key for key in uses if key.tag and key.name == reference.name]
    at_use = [key for key in named if imported.use and imported.use in uses[key]]
    return at_use or named
