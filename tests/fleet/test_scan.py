"""`fleet scan`, and `fleet where` with the name of a vulnerability."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from imagelock import Fleet
from imagelock.fleet.database import connection, schema
from imagelock.model.digest import Digest
from tests.commands.test_history import AMD64, ARM64
from tests.fleet.app import APP_LOCKFILE, write_report
from tests.support.fleets import (
    NGINX,
    NGINX_OLD,
    REDIS,
    SIDE,
    committed,
    small_fleet,
)
from tests.support.scanning.fake_scanner import FakeScanner

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from tests.conftest import Result, Run

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)
CVE = "CVE-2023-38545"
CANARY = Digest.of(b"canary")


def child(image: Image, platform: Platform) -> Digest:
    digest = image.manifest(platform)
    assert digest is not None
    return digest


VULNERABLE, BROKEN = child(NGINX_OLD, AMD64), child(SIDE, ARM64)


@pytest.fixture
def fleet(project: Path, imagelock: Run) -> Path:
    """A folder with the database of the small fleet, and settings that name a canary."""
    small_fleet(project / "src")
    assert imagelock("fleet", "collect", "src").exit_code == 0
    (project / "imagelock.toml").write_text(
        '[scan]\nscanner = "trivy"\ntimeout = 30\n'
        f'canary = "registry.test/bad@{CANARY}"\n'
    )
    return project


@pytest.fixture
def trivy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    fake = FakeScanner.install("trivy", tmp_path / "bin", monkeypatch)
    fake.behave({CANARY: "vulnerable", VULNERABLE: "vulnerable", BROKEN: "crash"})
    return fake


def scanned(trivy: FakeScanner) -> list[str]:
    """Return the digests that were scanned so far, without the canary."""
    digests = [
        next(word for word in call["arguments"] if "@sha256:" in word).partition("@")[2]
        for call in trivy.calls("@sha256:")
    ]
    return [digest for digest in digests if digest != str(CANARY)]


def images(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.out)["images"]
    return found


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("output", ["text", "json", "csv"])
def test_each_manifest_is_scanned_once(
    imagelock: Run, trivy: FakeScanner, snapshot: SnapshotAssertion, output: str
) -> None:
    result = imagelock("fleet", "scan", "--format", output)

    assert result.exit_code == 3
    locked = {
        str(m.digest) for i in (NGINX, NGINX_OLD, REDIS, SIDE) for m in i.platforms
    }
    assert sorted(scanned(trivy)) == sorted(locked)
    assert len(trivy.calls("--download-db-only")) == 1
    if output == "json":
        found = {
            f"{each['reference']}@{each['image_digest'][:19]} {each['platform']}": (
                each["outcome"],
                each["places"],
            )
            for each in images(result)
        }
        assert found == snapshot
    elif output == "csv":
        assert list(csv.DictReader(io.StringIO(result.out))) == snapshot
    else:
        assert result == snapshot
        assert imagelock("-v", "fleet", "scan") == snapshot


@pytest.mark.usefixtures("fleet")
def test_where_knows_who_ships_a_vulnerability(
    imagelock: Run, trivy: FakeScanner, snapshot: SnapshotAssertion
) -> None:
    assert imagelock("fleet", "where", CVE).exit_code == 3
    imagelock("fleet", "scan")
    found = imagelock("fleet", "where", CVE.lower())
    assert found.exit_code == 3
    assert found == snapshot
    assert imagelock("fleet", "where", "--check", CVE).exit_code == 1
    (place,) = json.loads(imagelock("fleet", "where", CVE, "--format", "json").out)[
        "places"
    ]
    assert place["repository"] == "shop/api"
    assert (place["platform"], place["severity"]) == ("linux/amd64", "critical")
    assert place["packages"] == ["curl 7.88.1-10"]

    # What was found stays known when the scan fails, and the answer says what is not.
    trivy.behave({VULNERABLE: "crash", BROKEN: "clean"})
    assert imagelock("--no-cache", "fleet", "scan").exit_code == 3
    again = imagelock("fleet", "where", CVE)
    assert again.out == found.out
    assert "1 locked manifest could not be scanned" in again.err
    trivy.behave({VULNERABLE: "clean"})
    assert imagelock("--no-cache", "fleet", "scan").exit_code == 0
    assert imagelock("fleet", "where", CVE, "RHSA-2024:1").out == (
        f"no image that was scanned has {CVE}\n"
        "no image that was scanned has RHSA-2024:1\n"
    )
    assert imagelock("fleet", "where", CVE).exit_code == 0


@pytest.mark.usefixtures("fleet")
def test_new_only_scans_what_has_no_result(imagelock: Run, trivy: FakeScanner) -> None:
    imagelock("fleet", "scan")
    before = len(scanned(trivy))
    trivy.behave({BROKEN: "clean"})

    result = imagelock("--no-cache", "fleet", "scan", "--new", "--check")
    assert result.exit_code == 1
    assert scanned(trivy)[before:] == [str(BROKEN)]
    assert CVE in result.out

    assert imagelock("fleet", "scan", "--new").exit_code == 0
    assert len(scanned(trivy)) == before + 1


@pytest.mark.usefixtures("fleet")
def test_shards_and_selections(imagelock: Run, trivy: FakeScanner) -> None:
    parts = [
        {
            each["digest"]
            for each in images(
                imagelock("fleet", "scan", "--shard", f"{n}/3", "--format", "json")
            )
        }
        for n in (1, 2, 3)
    ]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 8
    assert len(set(scanned(trivy))) == 8

    chosen = imagelock(
        *("fleet", "scan", "ngin*", "--platform", "linux/arm64", "--format", "json")
    )
    assert chosen.exit_code == 0
    assert {each["digest"] for each in images(chosen)} == {
        str(child(NGINX, ARM64)),
        str(child(NGINX_OLD, ARM64)),
    }
    for wrong in (
        ("mysql",),
        ("--platform", "windows/amd64"),
        ("--platform", "x"),
        ("--shard", "4/3"),
        ("--new", "--report", "trivy:x.json"),
        ("--scanner", "nothing"),
        ("-d", "none.sqlite"),
    ):
        assert imagelock("fleet", "scan", *wrong).exit_code == 2, wrong


@pytest.mark.parametrize(
    ("options", "settings", "code"),
    [
        ((), "", 0),
        (("--check",), "", 1),
        (("--fail-on", "critical"), "", 1),
        (("--check",), 'fail-on = "critical"\n', 1),
        (("--check", "--ignore-unfixed"), "", 0),
        (("--check",), f'[[scan.accept]]\nid = "{CVE}"\nreason = "not run"\n', 0),
    ],
)
def test_exit_codes(
    fleet: Path,
    imagelock: Run,
    trivy: FakeScanner,
    options: tuple[str, ...],
    settings: str,
    code: int,
) -> None:
    trivy.behave({BROKEN: "clean"})
    with (fleet / "imagelock.toml").open("a") as file:
        file.write(settings)

    assert imagelock("fleet", "scan", "nginx", *options).exit_code == code


@pytest.mark.usefixtures("fleet")
def test_a_scanner_that_cannot_be_used_scans_nothing(
    imagelock: Run, trivy: FakeScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagelock.fleet.scans.run._BETWEEN_SAVES", 3)
    trivy.behave({}, update="fails", built=None)

    result = imagelock("fleet", "scan", "--format", "json")
    assert result.exit_code == 3
    assert {each["outcome"] for each in images(result)} == {"could-not-scan"}
    assert len(images(result)) == 8
    assert "8 times: " in result.err
    assert len(trivy.calls("--download-db-only")) == 1


@pytest.mark.usefixtures("fleet", "trivy")
def test_an_earlier_database_is_migrated(project: Path, imagelock: Run) -> None:
    (project / "fleet.sqlite").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "MIGRATIONS", schema.MIGRATIONS[:1])
        patch.setattr(connection, "VERSION", 1)
        patch.setattr("imagelock.fleet.database.store.COLLECT_GARBAGE", "")
        assert imagelock("fleet", "collect", "src").exit_code == 0

    assert imagelock("fleet", "where", CVE).exit_code == 2
    assert imagelock("fleet", "scan", "redis").exit_code == 0
    assert imagelock("fleet", "where", "redis").exit_code == 0


def test_what_nobody_locks_any_more_is_forgotten(
    fleet: Path, imagelock: Run, trivy: FakeScanner
) -> None:
    trivy.behave({BROKEN: "clean"})
    imagelock("fleet", "scan")
    shutil.rmtree(fleet / "src/shop/api")
    imagelock("fleet", "collect", "src", "--prune")

    assert imagelock("fleet", "where", CVE).exit_code == 0
    with closing(sqlite3.connect(fleet / "fleet.sqlite")) as connection:
        for table, count in (("scans", 6), ("vulnerabilities", 0), ("unscanned", 0)):
            (found,) = connection.execute(
                f"SELECT count(*) FROM {table}"  # noqa: S608
            ).fetchone()
            assert found == count, table


def test_an_image_whose_platforms_are_not_known_is_not_clean(
    fleet: Path, imagelock: Run, trivy: FakeScanner
) -> None:
    trivy.behave({BROKEN: "clean"})
    text = f'version = 1\n\n[[image]]\nreference = "docker.io/library/busybox:1"\ndigest = "{CANARY}"\n'
    committed(fleet / "src/imported", {"images.lock": text})
    imagelock("fleet", "collect", "src")

    result = imagelock("fleet", "scan")
    assert result.exit_code == 3
    assert "busybox:1: its platforms are not known" in result.err
    assert imagelock("fleet", "where", CVE).exit_code == 3


@pytest.fixture
def reports(project: Path, imagelock: Run) -> Path:
    """A folder with real reports of two scanners about an image that two lock."""
    committed(project / "src/a", {"images.lock": APP_LOCKFILE})
    committed(project / "src/b", {"images.lock": APP_LOCKFILE})
    assert imagelock("fleet", "collect", "src").exit_code == 0
    for name in ("trivy/app_v1_amd64", "trivy/app_v1_arm64", "grype/app_v1_amd64"):
        write_report(project / f"{name}.json", f"{name}.json")
    return project


@pytest.mark.usefixtures("reports")
def test_reports_that_were_made_elsewhere(
    imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    part = imagelock("fleet", "scan", "--report", "grype:grype/app_v1_amd64.json")
    assert part.exit_code == 3
    assert "it has not been scanned" in part.err

    whole = imagelock("fleet", "scan", "--report", "trivy:trivy", "--check")
    assert whole.exit_code == 1
    assert whole == snapshot
    found = images(
        imagelock(
            *("fleet", "scan", "--format", "json"),
            *("--report", "trivy:trivy", "--report", "grype:grype"),
        )
    )
    assert [(each["platform"], each["scanner"]) for each in found] == [
        ("linux/amd64", "grype"),
        ("linux/amd64", "trivy"),
        ("linux/arm64/v8", "trivy"),
    ]
    cve = found[0]["vulnerabilities"][0]["id"]
    where = imagelock("fleet", "where", cve, "--format", "csv")
    assert {row["repository"] for row in csv.DictReader(io.StringIO(where.out))} == {
        "a",
        "b",
    }


def test_reports_that_cannot_be_used(reports: Path, imagelock: Run) -> None:
    (reports / "half.json").write_text('{"SchemaVersion": 2')
    (reports / "empty").mkdir()
    for option, message in (
        ("trivy:half.json", "the report is not whole JSON"),
        ("trivy:empty", "it is a folder without files `*.json`"),
        ("trivy:none.json", "it does not exist"),
    ):
        result = imagelock("fleet", "scan", "--report", option)
        assert result.exit_code == 3
        assert message in result.err


def test_scans_from_python(reports: Path) -> None:
    from imagelock.commands.scanning.scan_request import ScanRequest
    from imagelock.fleet.scans.request import FleetScanRequest
    from imagelock.scanning.given_reports import ReportOption

    request = FleetScanRequest(
        scan=ScanRequest(reports=[ReportOption("trivy", "trivy")])
    )
    run = Fleet.open(reports / "fleet.sqlite").scan("*/app", request=request)

    assert run.is_complete
    assert run.is_vulnerable
    assert run.platforms[0].repositories == ["a", "b"]
