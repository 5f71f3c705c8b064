"""`fleet export`: the views as files of Parquet and CSV."""

from __future__ import annotations

import csv
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from imagelock import Fleet
from imagelock.fleet.database.schema import VIEWS
from tests.fleet.app import APP_LOCKFILE, write_report
from tests.support.fleets import committed, small_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

ODD = 'it\'s [a] "name", \\ café\u202e'


@pytest.fixture
def fleet(project: Path, imagelock: Run) -> Path:
    """A folder with a database in which every view has rows."""
    small_fleet(project / "src")
    committed(project / "src/app", {"images.lock": APP_LOCKFILE})
    (project / "list").write_text(f"{ODD}\tsrc/none\n", encoding="utf-8")
    imagelock("fleet", "collect", "src", "list")
    write_report(project / "report.json")
    imagelock("fleet", "scan", "--report", "trivy:report.json")
    return project


def rows(fleet: Path, view: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(fleet / "fleet.sqlite")) as connection:
        return connection.execute(f"SELECT * FROM {view}").fetchall()  # noqa: S608


def test_every_view_is_a_parquet_file(fleet: Path, imagelock: Run) -> None:
    folder = fleet / "it's [here]"
    result = imagelock("fleet", "export", "--parquet", str(folder))
    assert result.exit_code == 3  # for the repository that could not be read
    assert {path.name for path in folder.iterdir()} == {f"{v}.parquet" for v in VIEWS}
    for view in VIEWS:
        expected = rows(fleet, view)
        assert expected, view
        with duckdb.connect() as connection:
            # DuckDB takes the name of the folder for a pattern.
            (folder / f"{view}.parquet").rename(fleet / f"{view}.parquet")
            table = connection.read_parquet(str(fleet / f"{view}.parquet"))
            assert table.fetchall() == expected, view
            types = dict(zip(table.columns, map(str, table.types), strict=True))
        if view == "vulnerabilities":
            assert (types["exploited"], types["epss"]) == ("BOOLEAN", "DOUBLE")
        if view == "repositories":
            assert types["lockfiles"] == "BIGINT"


def test_every_view_is_a_csv_file(fleet: Path, imagelock: Run) -> None:
    result = imagelock("fleet", "export", "--csv", "out")
    assert f"repositories.csv: {len(rows(fleet, 'repositories'))} rows" in result.out
    for view in VIEWS:
        with (fleet / f"out/{view}.csv").open(encoding="utf-8", newline="") as file:
            _, *found = csv.reader(file)
        assert found == [
            ["" if cell is None else str(cell) for cell in row]
            for row in rows(fleet, view)
        ]
    again = Fleet.open(fleet / "fleet.sqlite").export(csv=fleet / "out")
    assert again.files[fleet / "out/unreadable.csv"] == 1


def test_the_views_are_all_that_there_are(fleet: Path) -> None:
    with closing(sqlite3.connect(fleet / "fleet.sqlite")) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")
        assert sorted(name for (name,) in names) == sorted(VIEWS)


def test_what_cannot_be_exported(
    fleet: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "name a folder" in imagelock("fleet", "export").err
    (fleet / "file").touch()
    blocked = imagelock("fleet", "export", "--csv", "file")
    assert blocked.exit_code == 2
    assert "`file` cannot be written" in blocked.err
    monkeypatch.setitem(sys.modules, "duckdb", None)
    missing = imagelock("fleet", "export", "--parquet", "out")
    assert missing.exit_code == 2
    assert "imagelock[parquet]" in missing.err
    assert not (fleet / "out").exists()
