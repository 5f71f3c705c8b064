"""`fleet merge`: the databases of jobs that collected a shard each."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from imagelock import Fleet
from tests.fleet.app import APP_LOCKFILE, write_report
from tests.fleet.test_cluster import content
from tests.fleet.test_scan_workers import content as scan_content
from tests.support.fleets import (
    NGINX,
    NGINX_OLD,
    REDIS,
    committed,
    repository,
    small_fleet,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

EVIL = "a\x1b[31m\n::error::'; DROP TABLE repository; --"


def execute(path: Path | str, script: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(script, values)


def shards(imagelock: Run, source: str, count: int) -> list[str]:
    """Collect *source* in shards, and return the names of the databases."""
    names = [f"part-{index}.sqlite" for index in range(1, count + 1)]
    for index, name in enumerate(names, 1):
        shard = ("--shard", f"{index}/{count}")
        assert imagelock("fleet", "collect", source, "-o", name, *shard).exit_code in {
            0,
            3,
        }
    return names


def test_shards_are_the_whole(project: Path, imagelock: Run) -> None:
    small_fleet(project / "src")
    committed(project / "src/broken", {"images.lock": "version = 99\n"})
    assert imagelock("fleet", "collect", "src", "-o", "whole.sqlite").exit_code == 3

    parts = shards(imagelock, "src", 3)
    result = imagelock("fleet", "merge", *parts)

    assert result.exit_code == 3
    assert result.out == "merged 3 databases with 6 repositories: 6 added\n"
    assert "1 repository or lockfile of the database could not be read" in result.err
    assert content("fleet.sqlite") == content("whole.sqlite")
    again = imagelock("fleet", "merge", *reversed(parts), "--format", "json")
    document = json.loads(again.out)
    assert (document["added"], document["updated"], document["kept"]) == (0, 0, 6)
    assert content("fleet.sqlite") == content("whole.sqlite")


def aged(path: str, time: str) -> None:
    execute(path, "UPDATE repository SET read_at = ?1, tried_at = ?1", time)


@pytest.mark.parametrize("order", [1, -1])
def test_what_was_read_last_counts(project: Path, imagelock: Run, order: int) -> None:
    repository(project / "src/web", NGINX_OLD, REDIS)
    imagelock("fleet", "collect", "src", "-o", "old.sqlite")
    aged("old.sqlite", "2026-01-01T00:00:00Z")
    repository(project / "src/web", NGINX)
    imagelock("fleet", "collect", "src", "-o", "new.sqlite")
    expected = content("new.sqlite")
    names = ["old.sqlite", "new.sqlite"][::order]

    assert Fleet.open().merge(*names).added == 1

    assert content("fleet.sqlite") == expected
    assert imagelock("fleet", "where", "redis").out == "no repository locks redis\n"


@pytest.mark.parametrize("order", [1, -1])
def test_what_was_read_before_a_failure_stays(
    project: Path, imagelock: Run, order: int
) -> None:
    repository(project / "src/web", NGINX)
    imagelock("fleet", "collect", "src", "-o", "good.sqlite")
    aged("good.sqlite", "2026-01-01T00:00:00Z")
    (project / "src/web/.git/HEAD").write_text("damaged")
    assert imagelock("fleet", "collect", "src", "-o", "bad.sqlite").exit_code == 3
    names = ["good.sqlite", "bad.sqlite"][::order]

    assert imagelock("fleet", "merge", *names).exit_code == 3

    found = imagelock("fleet", "where", "nginx")
    assert "as of 2026-01-01T00:00:00Z" in found.out
    assert found.exit_code == 3


@pytest.mark.parametrize("order", [1, -1])
def test_scans_are_merged(project: Path, imagelock: Run, order: int) -> None:
    committed(project / "src/app", {"images.lock": APP_LOCKFILE})
    imagelock("fleet", "collect", "src", "-o", "first.sqlite")
    imagelock("fleet", "collect", "src", "-o", "second.sqlite")
    write_report(project / "reports/a.json")
    scan = ("fleet", "scan", "--report", "trivy:reports")
    imagelock(*scan, "-d", "first.sqlite")
    imagelock(*scan, "-d", "second.sqlite")
    # An earlier scan that found nothing, and a later one that failed.
    execute("second.sqlite", "DELETE FROM result")
    execute("second.sqlite", "UPDATE scan SET scanned_at = '2026-01-01T00:00:00Z'")
    execute(
        "second.sqlite",
        "UPDATE scan SET tried_at = '2099-01-01T00:00:00Z', reason = 'no route'",
    )
    expected = scan_content(project / "first.sqlite")

    names = ["first.sqlite", "second.sqlite"][::order]
    assert Fleet.open().merge(*names).unreadable == 0

    assert scan_content(project / "fleet.sqlite")[1] == expected[1] != []
    reasons = {row[-1] for row in scan_content(project / "fleet.sqlite")[0]}
    assert reasons == {"no route"}


def test_names_are_values(project: Path, imagelock: Run) -> None:
    repository(project / "src/web", NGINX)
    imagelock("fleet", "collect", "src", "-o", "evil.sqlite")
    execute("evil.sqlite", "UPDATE repository SET name = ?", EVIL)

    assert imagelock("fleet", "merge", "evil.sqlite").exit_code == 0

    shown = imagelock("fleet", "where", "nginx").out
    assert "\x1b" not in shown
    assert "\n::error" not in shown
    (place,) = Fleet.open().where("nginx").places["nginx"]
    assert place.repository == EVIL


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE image SET reference = '-oProxyCommand=x y'",
        "UPDATE image SET digest = 'sha256:short'",
        "UPDATE image SET release = x'ff00'",
        "UPDATE manifest SET platform = '../..' WHERE platform = 'linux/amd64'",
        "UPDATE manifest SET digest = 7.5",
        "UPDATE content SET blob = x'00'",
        "UPDATE repository SET name = x'ff'",
        "UPDATE repository SET read_at = 'tomorrow'",
        "UPDATE repository SET tried_at = '2026-09-01T08:00:00+02:00'",
        "UPDATE repository SET name = CAST(x'ff' AS TEXT)",
        "UPDATE entry SET image_id = 99",
        "UPDATE lockfile SET content_id = 99",
        "UPDATE scan SET outcome = 'fine'",
        "UPDATE scan SET packages = 'many'",
        "UPDATE scan SET digest = 'none'",
        "UPDATE vulnerability SET severity = 'x'",
        "UPDATE vulnerability SET aliases = x'00'",
        "UPDATE vulnerability SET title = x'01'",
        "UPDATE vulnerability SET score = 'high'",
    ],
)
def test_damaged_values_are_refused(project: Path, imagelock: Run, script: str) -> None:
    repository(project / "src/web", REDIS)
    imagelock("fleet", "collect", "src")
    committed(project / "other/app", {"images.lock": APP_LOCKFILE})
    imagelock("fleet", "collect", "other", "-o", "damaged.sqlite")
    write_report(project / "reports/a.json")
    imagelock("fleet", "scan", "-d", "damaged.sqlite", "--report", "trivy:reports")
    before = content("fleet.sqlite")
    execute("damaged.sqlite", script)

    result = imagelock("fleet", "merge", "damaged.sqlite")

    assert result.exit_code == 2, result
    assert "`damaged.sqlite` " in result.err
    assert content("fleet.sqlite") == before


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("PRAGMA user_version = 99", "has version 99 of the schema"),
        ("PRAGMA user_version = 1", "is of an earlier imagelock"),
        ("PRAGMA application_id = 1", "is a database of another program"),
        ("DROP TABLE entry", "cannot be used: no such table"),
    ],
)
def test_other_databases_are_refused(
    project: Path, imagelock: Run, script: str, message: str
) -> None:
    repository(project / "src/web", NGINX)
    imagelock("fleet", "collect", "src", "-o", "good.sqlite")
    imagelock("fleet", "collect", "src", "-o", "other.sqlite")
    execute("other.sqlite", script)

    result = imagelock("fleet", "merge", "good.sqlite", "other.sqlite")

    assert result.exit_code == 2
    assert message in result.err
    if "PRAGMA" in script:
        assert not (project / "fleet.sqlite").exists()


def test_files_that_cannot_be_merged(project: Path, imagelock: Run) -> None:
    repository(project / "src/web", NGINX)
    imagelock("fleet", "collect", "src")
    (project / "text").write_text("no database\n" * 100)

    for name, message in (
        ("fleet.sqlite", "`fleet.sqlite` is what is written"),
        ("text", "`text` cannot be used: file is not a database"),
        ("none", "there is no `none`"),
    ):
        result = imagelock("fleet", "merge", name)
        assert result.exit_code == 2
        assert message in result.err
