"""Write what was read of repositories into the database."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, replace
from imagelock.errors import ImagelockError, LockfileError
from imagelock.fleet.database.connection import transaction
from imagelock.fleet.database.merge_rows import RepositoryRow
from imagelock.fleet.database.schema import COLLECT_GARBAGE
from imagelock.lockfile.reader import read
from imagelock.model.utc_text import utc_text
from imagelock.text_file import decode_utf8

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from imagelock.fleet.database.merge_rows import ContentRow
    from imagelock.fleet.repositories.repository import (
        FoundLockfile,
        RepositoryReading,
        RepositoryTask,
    )
    from imagelock.model.image import Image


@dataclass(frozen=True, slots=True)
class StoredLockfile:
    """A lockfile that is in the database now; `reason` is why it cannot be used."""

    path: str
    reason: str | None = None
    hint: str | None = None


class FleetStore:
    """Writes readings; an entry that many lockfiles have is stored once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._images: dict[bytes, int] = {}
        self._seen = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write together what is saved meanwhile: all of it is there then, or nothing."""
        with transaction(self._connection):
            # It changes if another process wrote, which may have deleted images.
            (seen,) = self._connection.execute("PRAGMA data_version").fetchone()
            if seen != self._seen:
                self._images.clear()
                self._seen = seen
            yield

    def with_known(self, tasks: Iterable[RepositoryTask]) -> list[RepositoryTask]:
        """Return *tasks* with the revisions and lockfiles that need not be read again.

        What could not be read is read again.
        """
        revisions = {
            (source, name): revision
            for source, name, revision in self._connection.execute(
                "SELECT source, name, revision FROM repository WHERE reason IS NULL"
            )
        }
        blobs: dict[tuple[str, str], dict[str, str]] = {}
        for source, name, path, blob, reason in self._connection.execute(
            "SELECT source, name, path, blob, content.reason FROM repository"
            " JOIN lockfile ON repository_id = repository.id"
            " JOIN content ON content_id = content.id"
        ):
            if reason is None:
                blobs.setdefault((source, name), {})[path] = blob
            else:
                revisions.pop((source, name), None)
        return [
            replace(
                task,
                revision=revisions.get((task.source, task.name)),
                blobs=blobs.get((task.source, task.name), {}),
            )
            for task in tasks
        ]

    def save(self, reading: RepositoryReading) -> list[StoredLockfile]:
        """Write *reading*, and return the lockfiles that it brings.

        A repository that cannot be read keeps what was read of it before.
        """
        now = utc_text(datetime.now(UTC))
        task = reading.task
        key = (task.source, task.name)
        self._connection.execute(
            "INSERT INTO repository (source, name, location, tried_at, reason, hint)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, name) DO UPDATE SET"
            " location = excluded.location, tried_at = excluded.tried_at,"
            " reason = excluded.reason, hint = excluded.hint",
            (*key, task.location, now, reading.reason, reading.hint),
        )
        if reading.reason is not None:
            return []
        self._connection.execute(
            "UPDATE repository SET revision = ?, read_at = ?"
            " WHERE source = ? AND name = ?",
            (reading.revision, now, *key),
        )
        return [] if reading.is_unchanged else self._save_lockfiles(key, reading)

    def repositories(self, source: str) -> set[str]:
        """Return the names of the repositories of *source* in the database."""
        rows = self._connection.execute(
            "SELECT name FROM repository WHERE source = ?", (source,)
        )
        return {name for (name,) in rows}

    def delete(self, source: str, names: Iterable[str]) -> None:
        """Delete the repositories of *source* with these *names*."""
        self._connection.executemany(
            "DELETE FROM repository WHERE source = ? AND name = ?",
            ((source, name) for name in names),
        )

    def repository(self, source: str, name: str) -> RepositoryRow | None:
        """Return the row of a repository, if there is one."""
        row = self._connection.execute(
            "SELECT id, source, name, location, revision, read_at, tried_at, reason, hint"
            " FROM repository WHERE source = ? AND name = ?",
            (source, name),
        ).fetchone()
        return RepositoryRow(*row) if row else None

    def save_row(
        self, row: RepositoryRow, lockfiles: Iterable[tuple[str, int]] | None
    ) -> None:
        """Write *row* in place of the one of the same name.

        It has *lockfiles*, each a path and the row of its content; or else those before.
        """
        values = (row.location, row.revision, row.read_at, row.tried_at)
        (number,) = self._connection.execute(
            "INSERT INTO repository VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (source, name) DO UPDATE SET location = excluded.location,"
            " revision = excluded.revision, read_at = excluded.read_at,"
            " tried_at = excluded.tried_at, reason = excluded.reason,"
            " hint = excluded.hint RETURNING id",
            (row.source, row.name, *values, row.reason, row.hint),
        ).fetchone()
        if lockfiles is None:
            return
        self._connection.execute(
            "DELETE FROM lockfile WHERE repository_id = ?", (number,)
        )
        self._connection.executemany(
            "INSERT INTO lockfile VALUES (?, ?, ?)",
            ((number, *lockfile) for lockfile in lockfiles),
        )

    def merge_content(self, content: ContentRow, images: Iterable[int]) -> int:
        """Return the row of *content* with *images*; one that can be used is kept."""
        row = self._connection.execute(
            "SELECT id, reason FROM content WHERE blob = ?", (content.blob,)
        ).fetchone()
        if row and (row[1] is None or content.reason is not None):
            return int(row[0])
        return self._save_content(
            row, content.blob, content.reason, content.hint, images
        )

    def image(self, image: Image) -> int:
        """Return the row of *image*, which is made if there is none."""
        fingerprint = _fingerprint(image)
        if fingerprint not in self._images:
            row = self._connection.execute(
                "SELECT id FROM image WHERE fingerprint = ?", (fingerprint,)
            ).fetchone()
            number = int(row[0]) if row else self._insert_image(image, fingerprint)
            self._images[fingerprint] = number
        return self._images[fingerprint]

    def collect_garbage(self) -> None:
        """Delete lockfiles and images that no repository has any more."""
        for statement in COLLECT_GARBAGE.strip().splitlines():
            self._connection.execute(statement)

    def _save_lockfiles(
        self, key: tuple[str, str], reading: RepositoryReading
    ) -> list[StoredLockfile]:
        (repository,) = self._connection.execute(
            "SELECT id FROM repository WHERE source = ? AND name = ?", key
        ).fetchone()
        self._connection.execute(
            "DELETE FROM lockfile WHERE repository_id = ?", (repository,)
        )
        stored = []
        for lockfile in reading.lockfiles:
            content, result = self._content(lockfile)
            stored.append(result)
            self._connection.execute(
                "INSERT INTO lockfile VALUES (?, ?, ?)",
                (repository, lockfile.path, content),
            )
        return stored

    def _content(self, lockfile: FoundLockfile) -> tuple[int, StoredLockfile]:
        """Return the row of the content of *lockfile*, and what became of it.

        One that could not be used is tried again: by a later imagelock, it may be.
        """
        row = self._connection.execute(
            "SELECT id, reason, hint FROM content WHERE blob = ?", (lockfile.blob,)
        ).fetchone()
        if row and row[1] is None:
            return row[0], StoredLockfile(lockfile.path)
        images, reason, hint = self._read(lockfile)
        numbers = (self.image(image) for image in images)
        content = self._save_content(row, lockfile.blob, reason, hint, numbers)
        return content, StoredLockfile(lockfile.path, reason, hint)

    def _save_content(
        self,
        row: tuple[int, ...] | None,
        blob: str,
        reason: str | None,
        hint: str | None,
        images: Iterable[int],
    ) -> int:
        """Write a content in place of *row*, if that is given, and return its row."""
        if row:
            content = int(row[0])
            self._connection.execute(
                "UPDATE content SET reason = ?, hint = ? WHERE id = ?",
                (reason, hint, content),
            )
        else:
            content = self._insert("content", (None, blob, reason, hint))
        self._connection.executemany(
            "INSERT OR IGNORE INTO entry VALUES (?, ?)",
            [(content, image) for image in images],
        )
        return content

    def _read(
        self, lockfile: FoundLockfile
    ) -> tuple[list[Image], str | None, str | None]:
        """Return the images of *lockfile*, or why it has none, and the way out.

        A fleet knows nothing of charts in repositories with an `index.yaml`.
        """
        if lockfile.data is None:
            return [], lockfile.reason or "it is missing in git", None
        try:
            text = decode_utf8(lockfile.data, "the lockfile", LockfileError)
            images = read(text).images.values()
            return [each for each in images if not each.reference.scheme], None, None
        except ImagelockError as error:
            return [], str(error), error.hint

    def _insert_image(self, image: Image, fingerprint: bytes) -> int:
        number = self._insert("image", (None, fingerprint, *_columns(image)))
        self._connection.executemany(
            "INSERT INTO manifest VALUES (?, ?, ?)",
            ((number, *manifest) for manifest in _manifests(image)),
        )
        return number

    def _insert(self, table: str, values: tuple[object, ...]) -> int:
        places = ", ".join("?" * len(values))
        cursor = self._connection.execute(
            f"INSERT INTO {table} VALUES ({places})",  # noqa: S608 - our own names
            values,
        )
        return int(cursor.lastrowid or 0)


def _columns(image: Image) -> tuple[str | None, ...]:
    """Return the columns of *image* after its fingerprint."""
    key = image.reference
    return (
        *(str(key), key.name, key.tag, key.registry, str(image.digest)),
        *(image.media_type or None, image.release, image.source, image.revision),
    )


def _manifests(image: Image) -> tuple[tuple[str, str], ...]:
    """Return platform and digest of each manifest of *image*; a platform counts once."""
    return tuple({str(m.platform): str(m.digest) for m in image.platforms}.items())


def _fingerprint(image: Image) -> bytes:
    """Return what only equal images share."""
    text = repr((_columns(image), _manifests(image)))
    return hashlib.sha256(text.encode()).digest()[:16]
