"""Put the databases that several jobs collected into a single one: `fleet merge`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.errors import ImagelockError, UsageError
from imagelock.fleet.database.connection import (
    DATABASE,
    count_unreadable,
    open_for_reading,
    open_for_writing,
)
from imagelock.fleet.database.merge_rows import (
    checked_scan,
    checked_vulnerability,
    read_contents,
    read_images,
    read_repositories,
)
from imagelock.fleet.database.store import FleetStore
from imagelock.fleet.scans.store import ScanStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from sqlite3 import Connection

    from imagelock.commands.console import Console
    from imagelock.fleet.database.merge_rows import RepositoryRow


_DAMAGE: Final = (ImagelockError, AttributeError, LookupError, TypeError, ValueError)
"""What values of a file end in that somebody has changed."""


@dataclass(slots=True)
class MergeResult:
    """What became of the repositories of the databases that were merged.

    `added` were not known before, of `updated` something was newer, and `kept` are the
    others. `unreadable` counts the repositories and lockfiles in the database now that
    could not be read.
    """

    databases: int = 0
    added: int = 0
    updated: int = 0
    kept: int = 0
    unreadable: int = 0


def merge(
    databases: Sequence[Path], console: Console, output: Path = Path(DATABASE)
) -> MergeResult:
    """Write what is in *databases* into *output*, and keep what that has already.

    Of a repository that several of them have, what was read last counts, and so does the
    reason if it could not be read the last time it was tried. The same holds for scans.
    Each database is written as a whole or not at all.

    Raises:
        UsageError: a file is none of these databases, or of another version; or it is
            damaged. If it is one of *databases*, those before it are written already.
    """
    for path in databases:
        _require_other(path, output)
        with open_for_reading(path):
            pass
    result = MergeResult(databases=len(databases))
    with (
        open_for_writing(output) as connection,
        console.progress("Merging databases", len(databases)) as advance,
    ):
        store, scans = FleetStore(connection), ScanStore(connection)
        for path in databases:
            with open_for_reading(path) as given, store.transaction():
                try:
                    _merge_repositories(given, store, result)
                    _merge_scans(given, scans)
                except _DAMAGE as error:
                    message = f"`{path}` is damaged: {error}"
                    raise UsageError(message, hint="collect again") from error
            advance()
        with store.transaction():
            store.collect_garbage()
        result.unreadable = count_unreadable(connection)
    return result


def _require_other(path: Path, output: Path) -> None:
    """Refuse *output* as a database that is merged into itself.

    Raises:
        UsageError: both are the same file.
    """
    if output.exists() and path.exists() and path.samefile(output):
        raise UsageError(f"`{path}` is what is written", hint="leave it out")


def _merge_repositories(
    given: Connection, store: FleetStore, result: MergeResult
) -> None:
    images = {number: store.image(image) for number, image in read_images(given)}
    contents = {
        content.number: store.merge_content(
            content, [images[number] for number in content.images]
        )
        for content in read_contents(given)
    }
    lockfiles: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for repository, path, content in given.execute(
        "SELECT repository_id, path, content_id FROM lockfile"
    ):
        lockfiles[repository].append((str(path), contents[content]))
    for row in read_repositories(given):
        before = store.repository(row.source, row.name)
        merged = row if before is None else _merged(before, row)
        if before is None:
            result.added += 1
        elif merged == before:
            result.kept += 1
            continue
        else:
            result.updated += 1
        is_read_later = before is None or merged.read_at != before.read_at
        store.save_row(merged, lockfiles[row.number] if is_read_later else None)


def _merged(ours: RepositoryRow, theirs: RepositoryRow) -> RepositoryRow:
    """Return what was read last, and what came of the last try."""
    read = _latest(ours, theirs, lambda row: row.read_at or "")
    tried = _latest(ours, theirs, lambda row: row.tried_at)
    merged = replace(ours, revision=read.revision, read_at=read.read_at)
    return replace(
        merged,
        location=tried.location,
        tried_at=tried.tried_at,
        reason=tried.reason,
        hint=tried.hint,
    )


def _latest(
    ours: RepositoryRow, theirs: RepositoryRow, time: Callable[[RepositoryRow], str]
) -> RepositoryRow:
    return theirs if time(theirs) > time(ours) else ours


def _merge_scans(given: Connection, scans: ScanStore) -> None:
    for row, vulnerabilities in ScanStore(given).everything():
        found = [checked_vulnerability(each) for each in vulnerabilities]
        scans.merge(checked_scan(row), found)
