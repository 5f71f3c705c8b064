"""Write the views of a fleet's database as files that other engines read: `fleet export`."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.errors import UsageError, convert_write_errors, missing_library
from imagelock.fleet.database.connection import count_unreadable, open_for_reading
from imagelock.fleet.database.schema import VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from sqlite3 import Connection, Cursor

    Rows = Iterable[tuple[Any, ...]]
    WriteTable = Callable[[Path, list[str], Rows], None]
    """Writes a file, given its path, the names of its columns, and its rows."""

_TYPES: Final = {
    **dict.fromkeys(("lockfiles", "packages", "suppressed"), "BIGINT"),
    **dict.fromkeys(("is_end_of_life", "exploited"), "BOOLEAN"),
    **dict.fromkeys(("epss", "score"), "DOUBLE"),
}
"""The types of columns that are no text, as DuckDB calls them."""
_NO_NETWORK: Final = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The files that were written, with the numbers of their rows.

    `unreadable` is the number of repositories and lockfiles that could not be read.
    """

    files: dict[Path, int]
    unreadable: int


def export_fleet(
    database: Path, *, parquet: Path | None = None, csv: Path | None = None
) -> ExportResult:
    """Write each view of *database* into the folders *parquet* and *csv*.

    A file has the name of its view. All of them are of the same moment, and each is
    replaced whole.

    Raises:
        UsageError: the database cannot be used, a folder cannot be written, or DuckDB
            is not installed, which Parquet needs.
    """
    targets: list[tuple[Path, str, WriteTable]] = []
    if parquet is not None:
        targets.append((parquet, "parquet", _parquet_writer()))
    if csv is not None:
        targets.append((csv, "csv", _write_csv))
    files: dict[Path, int] = {}
    with open_for_reading(database) as connection:
        connection.execute("BEGIN")
        for folder, ending, write in targets:
            with convert_write_errors(folder, UsageError):
                folder.mkdir(parents=True, exist_ok=True)
                for view in VIEWS:
                    path = folder / f"{view}.{ending}"
                    files[path] = _export(connection, view, path, write)
        return ExportResult(files, count_unreadable(connection))


def _export(connection: Connection, view: str, path: Path, write: WriteTable) -> int:
    """Write *view* to the file *path*, and return the number of its rows."""
    cursor = connection.execute(f"SELECT * FROM {view}")  # noqa: S608 - our own names
    columns = [column[0] for column in cursor.description]
    counted = _CountedRows(cursor)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".imagelock-") as folder:
        new = Path(folder, path.name)
        write(new, columns, counted)
        os.replace(new, path)
    return counted.count


class _CountedRows:
    """The rows of a cursor, counted as they are read."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self.count = 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for row in self._cursor:
            self.count += 1
            yield row


def _write_csv(path: Path, columns: list[str], rows: Rows) -> None:
    """Write CSV with a head (RFC 4180, with line feeds); what is `NULL` is empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _parquet_writer() -> WriteTable:
    """Return a function that writes Parquet, through lines of JSON beside the file.

    Raises:
        UsageError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ModuleNotFoundError as error:
        raise missing_library("`--parquet`", error, "parquet") from error

    def write(path: Path, columns: list[str], rows: Rows) -> None:
        types = {name: _TYPES.get(name, "VARCHAR") for name in columns}
        lines = path.with_suffix(".json")
        with lines.open("w", encoding="utf-8") as file:
            for row in rows:
                values = map(_value, types.values(), row)
                file.write(json.dumps(dict(zip(types, values, strict=True))) + "\n")
        with duckdb.connect(config={**_NO_NETWORK}) as connection:
            table = connection.read_json(
                str(lines), columns=types, format="newline_delimited"
            )
            table.write_parquet(str(path), compression="zstd")

    return write


def _value(kind: str, value: object) -> object:
    """Return *value* as it is in JSON: SQLite has no booleans."""
    return bool(value) if kind == "BOOLEAN" and value is not None else value
