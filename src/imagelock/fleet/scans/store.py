"""What scanners found in the manifests of a fleet: written to its database, and read."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from imagelock.fleet.database.connection import transaction
from imagelock.fleet.scans.rows import (
    report_of,
    scan_row,
    vulnerability_of,
    vulnerability_row,
)
from imagelock.model.utc_text import utc_text
from imagelock.scanning.outcome import ScanResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagelock.fleet.scans.rows import Row
    from imagelock.scanning.scanner import ScanTarget
    from imagelock.scanning.vulnerability import Vulnerability


_TRY: Final = ("reason", "hint", "tried_at")
"""The columns about the last scan, whether it found anything out or not."""


class ScanStore:
    """The results of scans, one for each manifest and scanner.

    A vulnerability of a package that many manifests have is stored, and read, once.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loaded: dict[int, Vulnerability] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write together what is saved meanwhile: all of it is there then, or nothing."""
        with transaction(self._connection):
            yield

    def scanned(self, scanner: str) -> set[str]:
        """Return the digests of the manifests that *scanner* could scan the last time."""
        rows = self._connection.execute(
            "SELECT digest FROM scan WHERE scanner = ? AND reason IS NULL", (scanner,)
        )
        return {digest for (digest,) in rows}

    def save(
        self, result: ScanResult, scanner: str, scanned_at: datetime | None = None
    ) -> None:
        """Write *result* in place of the one of the same *scanner* before.

        *scanned_at* is now by default. After a scan that failed, what was found before
        stays, and so does the result of a later scan.
        """
        now = utc_text(datetime.now(UTC))
        time = utc_text(scanned_at) if scanned_at else now
        row = scan_row(result, scanner, time, now)
        if result.report is None:
            self._upsert(row, *_TRY)
        elif not self._has_later(row):
            self._save_report(row, list(row)[2:], result.report.vulnerabilities)

    def everything(self) -> Iterator[tuple[Row, list[Vulnerability]]]:
        """Yield each row of the scans, with what was found."""
        for row in self._rows("SELECT * FROM scan ORDER BY digest, scanner"):
            yield row, list(self._vulnerabilities(row["id"]))

    def merge(self, row: Row, vulnerabilities: Sequence[Vulnerability]) -> None:
        """Write what *row*, of another database, knows better than the one here.

        What was found last counts, and what came of the last try.
        """
        (known,) = self._rows(
            "SELECT max(scanned_at) AS scanned_at, max(tried_at) AS tried_at FROM scan"
            " WHERE digest = ? AND scanner = ?",
            *(row["digest"], row["scanner"]),
        )
        if known["tried_at"] is None:
            self._save_report(row, list(row)[2:], vulnerabilities)
            return
        if (row["scanned_at"] or "") > (known["scanned_at"] or ""):
            found = [name for name in list(row)[2:] if name not in _TRY]
            self._save_report(row, found, vulnerabilities)
        if row["tried_at"] > known["tried_at"]:
            self._upsert(row, *_TRY)

    def results(self, target: ScanTarget) -> Iterator[tuple[str, ScanResult]]:
        """Yield each scanner that scanned *target*, with what came of it the last time."""
        for row in self._rows(
            "SELECT * FROM scan WHERE digest = ? ORDER BY scanner", str(target.digest)
        ):
            if row["reason"] is None:
                report = report_of(row, self._vulnerabilities(row["id"]))
                result = ScanResult(target, report)
            else:
                result = ScanResult(target, problem=row["reason"], hint=row["hint"])
            yield row["scanner"], result

    def _save_report(
        self, row: Row, columns: Iterable[str], vulnerabilities: Iterable[Vulnerability]
    ) -> None:
        """Write *columns* of *row*, and *vulnerabilities* in place of those before."""
        number = self._upsert(row, *columns)
        self._connection.execute("DELETE FROM result WHERE scan_id = ?", (number,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO result VALUES (?, ?)",
            [(number, self._row_of(each)) for each in vulnerabilities],
        )

    def _has_later(self, row: Row) -> bool:
        found = self._connection.execute(
            "SELECT 1 FROM scan WHERE digest = :digest AND scanner = :scanner"
            " AND scanned_at > :scanned_at",
            row,
        )
        return found.fetchone() is not None

    def _upsert(self, row: Row, *columns: str) -> int:
        """Insert *row* into the scans, or change *columns* of what is there."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
        (number,) = self._connection.execute(
            f"{_insert('scan', row)} ON CONFLICT (digest, scanner)"
            f" DO UPDATE SET {changes} RETURNING id",
            row,
        ).fetchone()
        return int(number)

    def _row_of(self, found: Vulnerability) -> int:
        """Return the id of the row of *found*, a new one if there is none."""
        row = vulnerability_row(found)
        data = repr([*row.values()]).encode()
        fingerprint = hashlib.sha256(data).digest()[:16]
        known = self._connection.execute(
            "SELECT id FROM vulnerability WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        if known:
            return int(known[0])
        row = {"fingerprint": fingerprint, **row}
        cursor = self._connection.execute(_insert("vulnerability", row), row)
        number = int(cursor.lastrowid or 0)
        self._connection.executemany(
            "INSERT OR IGNORE INTO vulnerability_name VALUES (?, ?)",
            [(name, number) for name in (found.id, *found.aliases)],
        )
        return number

    def _vulnerabilities(self, scan: int) -> Iterator[Vulnerability]:
        for row in self._rows(
            "SELECT vulnerability_id FROM result WHERE scan_id = ?", scan
        ):
            number = row["vulnerability_id"]
            if number not in self._loaded:
                query = "SELECT * FROM vulnerability WHERE id = ?"
                (found,) = self._rows(query, number)
                self._loaded[number] = vulnerability_of(found)
            yield self._loaded[number]

    def _rows(self, query: str, *values: object) -> list[Any]:
        """Return the rows of *query* for *values*, by the names of their columns."""
        cursor = self._connection.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(query, values).fetchall()


def _insert(table: str, row: Row) -> str:
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    return f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - ours
