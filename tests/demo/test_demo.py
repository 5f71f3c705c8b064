from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_commands import masked

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


pytestmark = pytest.mark.slow


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "imagelock", "demo", *arguments],
        check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_the_demo_ends_as_expected(project: Path, snapshot: SnapshotAssertion) -> None:
    process = demo()

    assert process.returncode == 0
    assert process.stderr == ""
    assert masked(process.stdout) == snapshot
    assert list(project.iterdir()) == []


def test_the_demo_can_keep_its_project(project: Path) -> None:
    folder = re.findall(r"The project is in (\S+)", demo("--keep").stdout)[0]

    process = subprocess.run(
        [sys.executable, "-m", "imagelock", "verify", "--offline"],
        cwd=folder, check=False,
    )  # fmt: skip
    assert process.returncode == 0
    assert (Path(folder) / "images.lock").exists()
    subprocess.run(["rm", "-r", folder], check=True)
