"""What a project says to its scanner, and what a pull request cannot make it do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock import config
from imagelock.cache_storage import CacheUse
from imagelock.commands.console import LoggingConsole
from imagelock.commands.project_scanner import run_project_scanner
from imagelock.config.scan import SCANNER_NAMES
from imagelock.errors import ConfigurationError, UnreadableFileError
from imagelock.model.digest import Digest
from imagelock.project.project_files import ProjectFiles
from imagelock.scanning.outcome import Outcome
from imagelock.scanning.scanner import ScanTarget
from imagelock.scanning.scanners import SCANNERS
from tests.support.scanning.fake_scanner import FakeScanner

if TYPE_CHECKING:
    from imagelock.scanning.runner import ScanRun

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)

TARGET = ScanTarget("registry.test/app", Digest.of(b"app"))


def scan(
    project: Path,
    settings: str = "",
    cache: CacheUse | None = None,
    *,
    offline: bool = False,
) -> ScanRun:
    (project / "imagelock.toml").write_text(settings)
    files = ProjectFiles(root=project, config=config.load(project), cache=cache)
    return run_project_scanner(files, [TARGET], LoggingConsole(), offline=offline)


@pytest.fixture
def trivy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    return FakeScanner.install("trivy", tmp_path / "trivy", monkeypatch)


def test_every_scanner_can_be_named_in_settings() -> None:
    assert tuple(SCANNERS) == SCANNER_NAMES


def test_ignore_files_and_vex_documents_are_copied_for_the_program(
    project: Path, trivy: FakeScanner
) -> None:
    (project / ".trivyignore").write_text("CVE-2023-1\n")
    (project / "trivy.yaml").write_text("server: {addr: https://evil.test}\n")
    (project / "vex").mkdir()
    (project / "vex/a.json").write_text("{}")
    scan(project, '[scan]\nscanner = "trivy"\nvex = ["vex/a.json"]\n')
    (call,) = trivy.calls(str(TARGET.digest))
    assert call["files"] == [".trivyignore", "docker/config.json", "vex/0-a.json"]
    assert not Path(call["folder"]).is_relative_to(project)
    words = call["arguments"]
    assert words[words.index("--vex") + 1] == f"{call['folder']}/vex/0-a.json"
    assert words[words.index("--ignorefile") + 1] == f"{call['folder']}/.trivyignore"


def test_only_the_ignore_rules_of_a_configuration_count(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grype = FakeScanner.install("grype", tmp_path / "grype", monkeypatch)
    (project / ".grype.yaml").write_text(
        "ignore: [{vulnerability: CVE-2023-1}]\ndb: {cache-dir: ./evil}\n"
    )
    scan(project)
    (call,) = grype.calls(str(TARGET.digest))
    assert call["files"] == ["docker/config.json", "grype.json"]
    (project / ".grype.yaml").write_text("ignore: all\n")
    with pytest.raises(ConfigurationError, match=r"`\.grype\.yaml`"):
        scan(project)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "vex/../../secret"])
def test_a_vex_document_is_a_file_of_the_project(
    project: Path, trivy: FakeScanner, path: str
) -> None:
    (project.parent / "secret").write_text("secret")
    with pytest.raises(ConfigurationError, match="is not a path below"):
        scan(project, f"[scan]\nvex = [{json.dumps(path)}]\n")
    assert not trivy.calls()


@pytest.mark.parametrize("settings", ["", '[scan]\nvex = [".trivyignore"]\n'])
def test_a_link_out_of_the_project_is_not_read(
    project: Path, trivy: FakeScanner, settings: str
) -> None:
    (project.parent / "secret").write_text("secret")
    (project / ".trivyignore").symlink_to(project.parent / "secret")
    with pytest.raises(UnreadableFileError, match=r"`\.trivyignore` is a link out"):
        scan(project, settings)
    assert not trivy.calls()


def test_a_scanner_that_does_not_exist_is_an_error(project: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no scanner `trvy`"):
        scan(project, '[scan]\nscanner = "trvy"\n')


def test_a_canary_needs_a_digest(project: Path) -> None:
    with pytest.raises(ConfigurationError, match="has no digest"):
        scan(project, '[scan]\ncanary = "nginx:1.27"\n')


def test_a_clair_server_is_not_chosen_by_settings_and_needs_a_canary(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clair = FakeScanner.install("clair", tmp_path / "clair", monkeypatch)
    monkeypatch.setenv("CLAIR_API", "https://clair.test/")
    (result,) = scan(project, '[scan]\nscanner = "clair"\n').results
    assert result.outcome is Outcome.COULD_NOT_SCAN
    assert "whether clair knows any is not certain" in result.problem
    (call,) = clair.calls(str(TARGET.digest))
    assert call["arguments"] == ["report", "--out", "json", str(TARGET)]
    assert call["environment"]["CLAIR_API"] == "https://clair.test/"
    canary = Digest.of(b"canary")
    clair.behave({canary: "vulnerable"})
    settings = f'[scan]\nscanner = "clair"\ncanary = "registry.test/bad@{canary}"\n'
    (result,) = scan(project, settings).results
    assert result.outcome is Outcome.CLEAN


def test_results_are_kept_outside_of_the_checkout(
    project: Path, trivy: FakeScanner, tmp_path: Path
) -> None:
    inside = CacheUse(project / "cache/files", print)
    scan(project, cache=inside)
    assert not (project / "cache").exists()
    outside = CacheUse(tmp_path / "cache/files", print)
    scan(project, cache=outside)
    scan(project, cache=outside)
    assert len(trivy.calls(str(TARGET.digest))) == 2
    (kept,) = (tmp_path / "cache/scans").glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    # Another ignore file can give another result.
    (project / ".trivyignore").write_text("CVE-2023-1\n")
    scan(project, cache=outside)
    assert len(trivy.calls(str(TARGET.digest))) == 3


def test_a_small_configuration_cannot_mean_any_amount(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeScanner.install("grype", tmp_path / "grype", monkeypatch)
    tens = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    bomb = "\n".join(["a0: &a0 {cve: x}", *tens, "ignore: *a11", ""])
    (project / ".grype.yaml").write_text(bomb)

    with pytest.raises(ConfigurationError, match="has aliases"):
        scan(project, "[scan]\nscanner = 'grype'\n")
