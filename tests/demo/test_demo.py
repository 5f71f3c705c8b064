from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.user_cache import user_cache
from tests.cli.test_commands import masked

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_different_images_have_different_digests(project: Path) -> None:
    locked = re.findall(r"^\+ (\S+).*(sha256:\S+)", demo().stdout, re.MULTILINE)

    assert len(locked) == 3
    assert len({digest for _, digest in locked}) == 3


def test_a_kept_project_works_offline_and_is_served_again(project: Path) -> None:
    stdout = demo("--keep").stdout
    folder = Path(re.findall(r"The project is in (\S+), ", stdout)[0])
    again = stdout.splitlines()[-1].removeprefix("  $ ")

    assert run(folder, "verify", "--offline") == 0
    assert run(folder, "verify") == 3
    with served(*shlex.split(again)[3:]) as running:
        assert "Monday" not in running.wait_for("Press Enter here")
        assert run(folder, "verify") == 0
    assert run(folder, "list") == 0
    shutil.rmtree(folder)


def test_a_served_registry_takes_pushes_until_it_is_interrupted(project: Path) -> None:
    with served("demo", "--serve") as running:
        told = running.wait_for("Press Enter here")
        folder = Path(re.findall(r"\$ cd (\S+)", told)[0])
        assert run(folder, "verify") == 0
        running.press_enter()
        running.wait_for("Pushed 1.2.0 to `v1`: sha256:")
        assert run(folder, "verify") == 1
        assert run(folder, "update") == 0
        assert run(folder, "verify") == 0

    assert not folder.exists()
    assert list(project.iterdir()) == []


def test_the_demo_neither_heeds_nor_changes_what_is_the_users(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = masked(demo().stdout)
    settings = {"PROJECT": str(project), "FORMAT": "json", "FAIL_ON": "note"}
    for name, value in settings.items():
        monkeypatch.setenv(f"IMAGELOCK_{name}", value)
    process = demo()

    assert process.returncode == 0
    assert masked(process.stdout) == usual
    cache = user_cache(os.environ)
    assert cache
    assert not cache.exists()


def test_a_named_folder_is_kept_and_has_every_build_again(project: Path) -> None:
    with served("demo", "--serve", "shop") as running:
        running.wait_for("Press Enter here")
        for _ in range(3):
            running.press_enter()
        running.wait_for("Pushed 1.4.0")
        assert run(project / "shop", "update") == 0

    with served("demo", "--serve", "shop") as running:
        running.wait_for("Press Enter here")
        assert run(project / "shop", "verify") == 0
        running.press_enter()
        running.wait_for("Pushed 1.5.0")
        assert run(project / "shop", "verify") == 1
    # Without a lockfile, or with one of other images, it is a project like any other.
    (project / "shop" / "images.lock").unlink()
    with served("demo", "--serve", "shop") as running:
        running.wait_for("Press Enter here")
        assert run(project / "shop", "lock") == 0


def test_a_folder_with_files_is_left_alone(project: Path) -> None:
    (project / "compose.yaml").write_text("services: {}\n")
    process = demo(".")

    assert process.returncode == 2
    assert process.stderr == f"error: `{project}` is not an empty folder\n"
    assert [path.name for path in project.iterdir()] == ["compose.yaml"]


def test_the_tour_is_not_repeated_over_a_project(project: Path) -> None:
    assert demo("shop").returncode == 0
    process = demo("shop")

    assert process.returncode == 2
    assert process.stderr == (
        "error: `shop` has the project of an earlier demo\n\n"
        "hint: `--serve` starts its registry again\n"
    )


def run(folder: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "imagelock", *arguments]
    return subprocess.run(command, cwd=folder, check=False).returncode


class Served:
    """A demo that serves its registry, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.printed = ""

    def wait_for(self, text: str) -> str:
        """Read lines until *text* is in them; return all of them so far."""
        assert self.process.stdout
        while text not in self.printed:
            line = self.process.stdout.readline()
            assert line, self.printed
            self.printed += line
        return self.printed

    def press_enter(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@contextmanager
def served(*arguments: str) -> Iterator[Served]:
    """Run a demo, and interrupt it at the end: it ends well."""
    if sys.platform == "win32":
        pytest.skip("Windows sends no signals")
    with subprocess.Popen(
        [sys.executable, "-m", "imagelock", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield Served(process)
            assert process.stdin
            process.stdin.close()
            time.sleep(0.2)  # its end of file is no end of the demo
            process.send_signal(signal.SIGINT)
            assert process.wait() == 0
        finally:
            process.kill()
