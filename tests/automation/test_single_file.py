"""The single file: built as a release builds it, and run with Python alone."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[2] / "tools" / "build_single_file.py"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = f"{sys.platform} {platform.machine().lower()}"
NAMES = {
    "linux x86_64": "linux-x86_64",
    "linux aarch64": "linux-aarch64",
    "darwin arm64": "macos-arm64",
}
FILES = {
    "imagelock.pyz": [PYTHON],
    "again.pyz": [PYTHON],
    "both.pyz": ["3.12", "3.13"],
}
PROGRAM = Path(sys.base_prefix) / "bin" / f"python{PYTHON}"

pytestmark = [pytest.mark.slow, pytest.mark.integration]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which files are built; the index is asked as outside of tests."""
    if MACHINE not in NAMES:
        pytest.skip(f"no file is built for {MACHINE}")
    folder = tmp_path_factory.mktemp("single")
    for name, pythons in FILES.items():
        command = [sys.executable, str(BUILD), NAMES[MACHINE], str(folder / name)]
        subprocess.run([*command, *pythons], check=True)
    return folder


@pytest.fixture
def single_file(folder: Path) -> Path:
    return folder / "imagelock.pyz"


def run(file: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the file with a Python that sees no other packages."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    return subprocess.run(
        [PROGRAM, "-I", "-S", file, *arguments],
        env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_it_runs_with_python_alone_and_unpacks_once(
    single_file: Path, project: Path, tmp_path: Path
) -> None:
    (project / "compose.yaml").write_text("services: {web: {image: 'nginx:1.28'}}\n")
    cache = tmp_path / ".cache" / "imagelock" / "single-file"

    first = run(single_file, tmp_path, "list")
    unpacked = list(cache.iterdir())
    again = run(single_file, tmp_path, "list")

    assert first.stderr == ""
    assert first.stdout == again.stdout
    assert "nginx:1.28" in first.stdout
    assert len(unpacked) == 1
    assert list(cache.iterdir()) == unpacked
    assert cache.stat().st_mode & 0o777 == 0o700


def test_its_demo_runs_itself(single_file: Path, project: Path, tmp_path: Path) -> None:
    demo = run(single_file, tmp_path, "demo")

    assert demo.returncode == 0, demo.stderr
    assert "1.0.4 -> 1.1.0-experiment" in demo.stdout


def test_a_cache_that_others_may_write_to_is_not_used(
    single_file: Path, project: Path, tmp_path: Path
) -> None:
    cache = tmp_path / ".cache" / "imagelock" / "single-file"
    cache.mkdir(parents=True)
    cache.chmod(0o777)

    done = run(single_file, tmp_path, "--version")

    assert done.returncode == 0
    assert list(cache.iterdir()) == []


def test_another_machine_is_told(single_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pyz"
    with zipfile.ZipFile(single_file) as file, zipfile.ZipFile(other, "w") as copy:
        copy.writestr("__main__.py", file.read("__main__.py"))
        text = file.read("about.json").decode().replace(MACHINE, "plan9 mips")
        copy.writestr("about.json", text)

    done = run(other, tmp_path, "--version")

    assert done.returncode == 1
    assert done.stderr.startswith("error: this file is for plan9 mips and cp3")


def test_the_same_input_gives_the_same_bytes(folder: Path, single_file: Path) -> None:
    assert (folder / "again.pyz").read_bytes() == single_file.read_bytes()


def test_what_differs_between_pythons_is_there_for_each(folder: Path) -> None:
    with zipfile.ZipFile(folder / "both.pyz") as file:
        parts = {tuple(name.split("/")[:2]) for name in file.namelist()}

    assert {("cp312", "pydantic_core"), ("cp313", "pydantic_core")} <= parts
    assert {("common", "imagelock"), ("common", "rich")} <= parts
    assert ("common", "pydantic_core") not in parts
    assert ("cp313", "rich") not in parts
