"""Open the database of a fleet: an SQLite file that `fleet collect` makes."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from imagelock.errors import UsageError
from imagelock.fleet.database.schema import APPLICATION, MIGRATIONS, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE: Final = "fleet.sqlite"
"""The name of the file where none is given."""

_LONGEST_WAIT: Final = 60.0
"""In seconds, for another process that writes into the same file."""
_TABLE: Final = re.compile(r"CREATE TABLE (\w+)")
_COLLECT: Final = "collect again into a new file: `imagelock fleet collect … -o FILE`"


@contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to the database at *path*, which is not written.

    Raises:
        UsageError: there is none, or it is not one of this version.
    """
    _require(path)
    with _errors(path), closing(_connect(path, "ro")) as connection:
        version = _version(connection, path)
        if version < VERSION:
            raise UsageError(
                f"`{path}` is of an earlier imagelock",
                hint="`imagelock fleet collect` brings it up to date",
            )
        yield connection


@contextmanager
def open_for_writing(
    path: Path, *, must_exist: bool = False
) -> Iterator[sqlite3.Connection]:
    """Yield a connection to the database at *path*, made or migrated if need be.

    It is not made if it *must_exist*.

    Statements are committed one by one, except in a transaction. Several processes
    may write at a time: each transaction waits for those of the others.

    Raises:
        UsageError: the file is something else, or of a later version.
    """
    if must_exist:
        _require(path)
    with _errors(path), closing(_connect(path, "rwc")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with transaction(connection):
            version = _version(connection, path)
            for migration in MIGRATIONS[version:]:
                # `executescript` would commit.
                for statement in _statements(migration):
                    connection.execute(statement)
            if version < VERSION:
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
            # Without one of them, some of what is written would stay.
            for table in _TABLE.findall("".join(MIGRATIONS)):
                connection.execute(f"SELECT 1 FROM {table} LIMIT 0")  # noqa: S608 - ours
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run statements together: all of them count, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def count_unscanned(connection: sqlite3.Connection) -> int:
    """Return the number of manifests that no scanner could scan the last time."""
    (count,) = connection.execute(
        "SELECT count(DISTINCT manifest_digest) FROM unscanned"
    ).fetchone()
    return int(count)


def count_unreadable(connection: sqlite3.Connection) -> int:
    """Return the number of repositories and lockfiles that could not be read."""
    (count,) = connection.execute("SELECT count(*) FROM unreadable").fetchone()
    return int(count)


def _require(path: Path) -> None:
    if not path.exists():
        raise UsageError(
            f"there is no `{path}`",
            hint="make it with `imagelock fleet collect FOLDER`, or name another with"
            " `--database`",
        )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=_LONGEST_WAIT, isolation_level=None
    )
    # Functions in views of a file that somebody else made are not called.
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of the schema; 0 for a file without tables.

    Raises:
        UsageError: the file is not ours, or of a later version.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION and (tables or version):
        raise UsageError(f"`{path}` is a database of another program", hint=_COLLECT)
    if version > VERSION:
        raise UsageError(
            f"`{path}` has version {version} of the schema, and this imagelock reads"
            f" {VERSION}",
            hint="upgrade imagelock, or " + _COLLECT,
        )
    return int(version)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement) and part.strip():
            yield statement
            statement = ""


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Explain errors of SQLite: no database, a full disk, a file that is damaged."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise UsageError(f"`{path}` cannot be used: {error}", hint=_COLLECT) from error
