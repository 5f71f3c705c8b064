"""`scan --all`: the images of a project and of all projects below it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.model.digest import Digest
from tests.scanning.conftest import ALP, ALP_OLD, APP, APP_V1, V1_AMD64, entry, lock
from tests.support.scanning.fake_scanner import FakeScanner

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)
CANARY: Final = Digest.of(b"canary")
SETTINGS: Final = (
    'platforms = ["linux/amd64"]\n[scan]\nscanner = "trivy"\ntimeout = 30\n'
    f'canary = "registry.test/bad@{CANARY}"\n'
)


@pytest.fixture
def scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    fake = FakeScanner.install("trivy", tmp_path / "bin", monkeypatch)
    fake.behave({CANARY: "vulnerable", Digest.parse(V1_AMD64): "vulnerable"})
    return fake


@pytest.fixture
def workspace(shop: Path, scanner: FakeScanner) -> Path:
    """A project with two below it: of the same image, and of another, which is clean."""
    (shop / "imagelock.toml").write_text(SETTINGS)
    for folder, image, row in (
        ("same", APP, entry(APP, APP_V1, amd64=V1_AMD64)),
        ("other", ALP, entry(ALP, ALP_OLD, amd64=ALP_OLD)),
    ):
        (shop / folder).mkdir()
        (shop / folder / "imagelock.toml").write_text(SETTINGS)
        (shop / folder / "Dockerfile").write_text(f"FROM {image}\n")
        (shop / folder / "images.lock").write_text(lock(row))
    return shop


def files(run: Run, *arguments: str) -> set[str]:
    out = run("scan", "--all", "--format", "sarif", *arguments).out
    return {
        location["physicalLocation"]["artifactLocation"]["uri"]
        for result in json.loads(out)["runs"][0]["results"]
        for location in result["locations"]
    }


@pytest.mark.usefixtures("workspace")
def test_findings_of_all_projects_are_one_report(imagelock: Run) -> None:
    result = imagelock("scan", "--all")
    assert result.exit_code == 1, result
    assert files(imagelock) == {"compose.yaml", "same/Dockerfile"}
    assert imagelock("scan", "--all", ALP).exit_code == 0
    document = json.loads(imagelock("scan", "--all", "--format", "json").out)
    assert len(document["images"]) == 3


@pytest.mark.usefixtures("workspace")
def test_the_database_is_updated_once(imagelock: Run, scanner: FakeScanner) -> None:
    assert imagelock("scan", "--all").exit_code == 1

    assert len(scanner.calls("--download-db-only")) == 1


def test_a_broken_project_stops_no_other(workspace: Path, imagelock: Run) -> None:
    (workspace / "same/images.lock").write_text("version = 9\n")

    assert imagelock("scan", "--all").exit_code == 2
    assert files(imagelock) == {"compose.yaml", "same/images.lock"}


def test_what_could_not_be_scanned_in_a_project_is_not_clean(
    workspace: Path, imagelock: Run, scanner: FakeScanner
) -> None:
    scanner.behave({Digest.parse(V1_AMD64): "clean", Digest.parse(ALP_OLD): "crash"})

    assert imagelock("scan", "--all").exit_code == 3


@pytest.mark.usefixtures("workspace")
def test_an_image_of_no_project_and_a_report_are_usage_errors(imagelock: Run) -> None:
    unknown = imagelock("scan", "--all", "nginx")
    assert unknown.exit_code == 2
    assert "no image of any project matches `nginx`" in unknown.err
    given = imagelock("scan", "--all", "--report", "trivy:report.json")
    assert given.exit_code == 2
    assert "`--all` does not go with the report of a scanner" in given.err
