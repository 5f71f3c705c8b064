"""`imagelock import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.options import Environment
from imagelock.cli.session import Session
from imagelock.commands.import_digests import import_digests
from imagelock.errors import ConfigurationError, ImagelockError
from imagelock.importers import IMPORTERS
from imagelock.importers.imported_digest import ImportedDigest
from imagelock.lockfile.model import Lockfile
from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.project.root import named_paths
from imagelock.report.findings import plural
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.commands.import_digests import ImportResult
    from imagelock.project.project_files import ProjectFiles


def command(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="A lockfile of another tool, or any file that is pinned already.",
        ),
    ],
    *,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            envvar="IMAGELOCK_OVERWRITE",
            help="Take a digest over for an image that is locked already, too.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            envvar="IMAGELOCK_DRY_RUN",
            help="Show what would be taken over and write nothing.",
        ),
    ] = False,
    environment: Environment = False,
) -> None:
    """Take over digests that another tool has locked; no registry is asked.

    Reads `docker-lock.json`, `imgpin.lock`, an `ImagesLock`, a Compose override
    with digests, and every file in which digests are written. The next `lock`
    completes the entries and keeps their digests.

    Exit codes: 0 done, 1 a digest was not taken over although a file names its
    image, 2 usage, configuration, or a file that cannot be read.
    """
    session: Session = context.obj
    project = session.project(environment=environment)
    brought = [one for file in files for one in _brought(session, project, file)]
    result = import_digests(
        brought,
        project.found(),
        project.lockfile() or Lockfile(),
        project.platforms,
        overwrite=overwrite,
    )
    if result.taken and not dry_run:
        project.save(result.lockfile)
    _report(session, result)
    if result.kept or result.ambiguous_places:
        raise typer.Exit(1)


def _brought(
    session: Session, project: ProjectFiles, file: Path
) -> list[ImportedDigest]:
    (path,) = named_paths(project.root, [file])
    data = project.content(path)
    try:
        text = Text.decode(data)
        for origin in IMPORTERS.values():
            if origin.matches(text.value):
                return list(origin.read(text))
    except ImagelockError as error:
        error.add_note(f"in `{file}`")
        raise
    pinned = session.project([file], environment=False).found()
    brought = list(_written(pinned))
    if not brought:
        raise ConfigurationError(
            f"`{file}` has no digest that could be taken over",
            hint="name a lockfile of docker-lock, imgpin or imgpkg, or a file with"
            " `name:tag@sha256:…`",
        )
    return brought


def _written(found: Iterable[object]) -> Iterable[ImportedDigest]:
    for one in found:
        if isinstance(one, Occurrence) and one.reference.digest:
            key = one.reference.key
            yield ImportedDigest(key, one.reference.digest, one.place.location)


def _report(session: Session, result: ImportResult) -> None:
    for image in result.taken:
        digest = f"{image.digest.algorithm}:{image.digest.short}"
        session.print(printable(f"+ {image.reference.familiar}  {digest}") + "\n")
    for one in result.kept:
        message = f"`{one.reference.familiar}` is locked to another digest and stays so"
        session.complain(f"error: {printable(message)}; `--overwrite` takes it over\n")
    for one in result.ambiguous_places:
        message = f"`{one.reference.name}` is used with several tags"
        session.complain(
            f"error: {printable(message)}, and the file does not say which\n"
        )
    if session.verbose:
        for one in result.unused:
            message = f"no file names `{one.reference.familiar}`"
            session.tell(f"note: {printable(message)}\n")
    rest = f", {len(result.known)} locked already" if result.known else ""
    unused = f", {len(result.unused)} that no file names" if result.unused else ""
    session.print(f"{plural(len(result.taken), 'digest')} taken over{rest}{unused}\n")
