"""The file of a fleet: its version, its views, and files that are something else."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.fleet.database import connection, schema
from tests.support.fleets import NGINX, repository

if TYPE_CHECKING:
    from tests.conftest import Run

PAGE = Path(__file__).parents[2] / "docs/reference/fleet-database.md"


@pytest.fixture
def fleet(project: Path, imagelock: Run) -> Path:
    repository(project / "src/web", NGINX)
    assert imagelock("fleet", "collect", "src").exit_code == 0
    return project / "fleet.sqlite"


def execute(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "PRAGMA user_version = 99",
            "has version 99 of the schema, and this imagelock",
        ),
        ("PRAGMA application_id = 1", "is a database of another program"),
        ("DROP VIEW unreadable; DROP TABLE entry", "cannot be used: no such table"),
    ],
)
def test_other_databases_are_refused(
    fleet: Path,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    message: str,
) -> None:
    later = "2100-01-01T00:00:00Z"  # what is written would differ
    monkeypatch.setattr("imagelock.fleet.database.store.utc_text", lambda _: later)
    execute(fleet, script)
    before = fleet.read_bytes()

    for command in (("where", "nginx"), ("collect", "src")):
        result = imagelock("fleet", *command)
        assert result.exit_code == 2
        assert message in result.err
        assert "hint: " in result.err
    assert fleet.read_bytes() == before


def test_files_that_are_no_database_are_refused(fleet: Path, imagelock: Run) -> None:
    fleet.write_text("no database\n" * 100)
    result = imagelock("fleet", "collect", "src")

    assert result.exit_code == 2
    assert "cannot be used: file is not a database" in result.err
    assert fleet.read_text() == "no database\n" * 100
    assert (
        "there is no `none.sqlite`"
        in imagelock("fleet", "stats", "-d", "none.sqlite").err
    )
    assert imagelock("fleet", "collect", "src", "-o", "none/x").exit_code == 2


def test_a_database_of_an_earlier_version_is_migrated(
    fleet: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations = (*schema.MIGRATIONS, "CREATE TABLE new (x TEXT DEFAULT ';');")
    monkeypatch.setattr(connection, "MIGRATIONS", migrations)
    monkeypatch.setattr(connection, "VERSION", len(migrations))

    refused = imagelock("fleet", "where", "nginx")
    assert refused.exit_code == 2
    assert "`imagelock fleet collect` brings it up to date" in refused.err
    assert imagelock("fleet", "collect", "src").out == (
        "read 1 repository (1 unchanged): 1 lockfile\n"
    )
    assert imagelock("fleet", "where", "nginx").exit_code == 0
    execute(fleet, "SELECT x FROM new")


def test_the_page_describes_the_views(fleet: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    with closing(sqlite3.connect(fleet)) as connection:
        views = connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")
        names = [name for (name,) in views]
        for name in names:
            section = page.split(f"## `{name}`\n")[1].split("\n## ")[0]
            cursor = connection.execute(f"SELECT * FROM {name}")  # noqa: S608
            columns = [column[0] for column in cursor.description]

            assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == columns
    assert len(names) == page.count("\n## `")
