"""The plug-ins in `examples`, installed as users would, and used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from tests.scanning.conftest import entry, lock
from tests.support.locked import digest_of, save

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/pyproject.toml"))
DIGEST = str(digest_of("nginx:1.27"))
COMPOSE = "services: {web: {image: nginx:1.27}}\n"


class Run(Protocol):
    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages in which every example is installed."""
    target = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            *options,
            "--target",
            target,
            *EXAMPLES,
        ],
        check=True,
    )
    return target


@pytest.fixture
def run(tmp_path: Path, site: Path) -> Run:
    (tmp_path / "compose.yaml").write_text(COMPOSE)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "imagelock", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(site)},
            check=False,
            capture_output=True,
            text=True,
        )

    return run


def test_there_is_an_example_of_each_kind() -> None:
    text = "".join((path / "pyproject.toml").read_text() for path in EXAMPLES)

    for group in ("sources", "reports", "exports", "importers", "scanners"):
        assert f'"imagelock.{group}"' in text


def test_a_source(tmp_path: Path, run: Run) -> None:
    (tmp_path / "build.acme").write_text("pull redis:7\n")
    assert "redis:7" not in run("list").stdout
    (tmp_path / "imagelock.toml").write_text("[sources.acme]\n")

    result = run("list")

    assert result.returncode == 0
    assert "build.acme" in result.stdout
    assert "redis:7" in result.stdout


def test_a_report(tmp_path: Path, run: Run) -> None:
    unknown = run("verify", "--offline", "--format", "teamcity")
    assert unknown.returncode == 2
    assert "there is no format `teamcity`" in unknown.stderr
    (tmp_path / "imagelock.toml").write_text('[plugins]\nreports = ["teamcity"]\n')

    result = run(
        "verify", "--offline", "--format", "teamcity", "--report", "teamcity=t.txt"
    )

    assert result.returncode == 1
    assert result.stdout == (
        "##teamcity[buildProblem description='compose.yaml:1: `nginx:1.27` is not in the"
        " lockfile (not-locked)']\n"
        "##teamcity[buildProblem description='imagelock.toml:1: nothing was compared:"
        " `images.lock` does not exist (nothing-found)']\n"
    )
    assert (tmp_path / "t.txt").read_text() == result.stdout
    changes = run("lock", "--check", "--format", "teamcity")
    assert changes.returncode == 2
    assert "the format `teamcity` has no form for changes" in changes.stderr


def test_an_export(tmp_path: Path, run: Run) -> None:
    save(tmp_path, "nginx:1.27")
    assert run("export", "env").returncode == 2
    (tmp_path / "imagelock.toml").write_text('[plugins]\nexports = ["env"]\n')

    result = run("export", "env")

    assert result.returncode == 0
    assert result.stdout == f"NGINX_IMAGE=docker.io/library/nginx:1.27@{DIGEST}\n"


def test_an_importer(tmp_path: Path, run: Run) -> None:
    (tmp_path / "digests.csv").write_text(f"image,digest\nnginx:1.27,{DIGEST}\n")
    assert run("import", "digests.csv").returncode == 2
    (tmp_path / "imagelock.toml").write_text('[plugins]\nimporters = ["csv"]\n')

    result = run("import", "digests.csv")

    assert result.returncode == 0
    assert "imported 1 digest" in result.stdout
    (tmp_path / "digests.csv").write_text("image,digest\nnginx:1.27\n")
    damaged = run("import", "digests.csv")
    assert damaged.returncode == 2
    assert "line 2: not an image and a digest" in damaged.stderr


ACME_SCAN = """\
#!/bin/sh
case $1 in
version) echo 1.0; exit ;;
package) digest=sha256:%s ;;
image) digest=${4##*@} ;;
esac
echo "{\\"digest\\": \\"$digest\\", \\"packages\\": 1, \\"vulnerabilities\\": [{
  \\"id\\": \\"CVE-2023-43804\\", \\"package\\": \\"urllib3\\", \\"type\\": \\"pypi\\",
  \\"version\\": \\"1.26.5\\", \\"severity\\": \\"high\\"}]}"
""" % ("0" * 64)


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
def test_a_scanner(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin/acme-scan"
    program.parent.mkdir()
    program.write_text(ACME_SCAN)
    program.chmod(0o755)
    image = entry("docker.io/library/nginx:1.27", DIGEST, amd64=f"sha256:{'a' * 64}")
    (tmp_path / "images.lock").write_text(lock(image))
    unknown = run("scan", "--scanner", "acme")
    assert unknown.returncode == 2
    assert "there is no scanner `acme`" in unknown.stderr
    (tmp_path / "imagelock.toml").write_text(
        '[plugins]\nscanners = ["acme"]\n[scan]\nscanner = "acme"\n'
    )
    absent = run("scan")
    assert absent.returncode == 2
    assert "install acme-scan: https://scan.acme.example" in absent.stderr
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    result = run("scan")

    assert result.returncode == 1
    assert "1 high vulnerability: CVE-2023-43804" in result.stdout
    program.write_text("#!/bin/sh\necho 1.0\n")
    broken = run("scan")
    assert broken.returncode == 3
    assert "this is not a report of acme-scan" in broken.stdout


def test_a_plugin_that_is_not_installed_is_an_error(tmp_path: Path, run: Run) -> None:
    (tmp_path / "imagelock.toml").write_text('[plugins]\nreports = ["teamcty"]\n')

    result = run("verify", "--offline")

    assert result.returncode == 2
    assert "there is no report `teamcty`; did you mean `teamcity`?" in result.stderr


def test_the_tests_of_the_example_pass(site: Path) -> None:
    source = ROOT / "examples" / "acme-source"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            source / "test_acme_source.py",
        ],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(site)},
        check=True,
    )
