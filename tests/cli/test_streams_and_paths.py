"""Unusual streams, folders and names: no traceback, and the right exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.mirrored import configure

if TYPE_CHECKING:
    from tests.conftest import Run

PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def locked(project: Path, address: str, imagelock: Run) -> Path:
    """A project with a lockfile, and a second image that is not in it."""
    (project / "compose.yaml").write_text("services: {web: {image: 'nginx:1.27'}}\n")
    configure(project, address)
    assert imagelock("lock").exit_code == 0
    (project / "Dockerfile").write_text("FROM redis:7\n")
    return project


def shell(
    arguments: str, redirected: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run imagelock in a shell with its streams *redirected*."""
    return subprocess.run(
        ["sh", "-c", f'"$0" -m imagelock {arguments} {redirected}', sys.executable],
        check=False, capture_output=True, env={**os.environ, **(environment or {})},
    )  # fmt: skip


@pytest.mark.parametrize("arguments", ["list", "--version", "list --help"])
def test_a_full_disk_behind_stdout_is_an_error_of_one_line(
    locked: Path, arguments: str
) -> None:
    done = shell(arguments, ">/dev/full")

    assert done.stderr == b"error: cannot write output: No space left on device\n"
    assert done.returncode == 2


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_changes_nothing_else(locked: Path, closed: str) -> None:
    assert shell("list", closed).returncode == 0
    failed = shell("verify --offline", closed)

    assert failed.returncode == 1
    assert failed.stderr == b""


def test_a_reader_who_has_seen_enough(locked: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "imagelock", "list"],
        check=False, stdout=writer, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(writer)

    assert done.stderr == b""
    assert done.returncode == 1


def test_a_character_that_the_locale_cannot_express(locked: Path) -> None:
    (locked / "Dockerfile").write_text("FROM é:1\n", encoding="utf-8")
    done = shell("list", "", PLAIN)

    assert b"\\xe9:1" in done.stdout
    assert done.stderr == b""
    assert done.returncode == 0


def test_a_folder_that_is_gone(locked: Path) -> None:
    (locked / "gone").mkdir()
    done = subprocess.run(
        ["sh", "-c", 'cd gone; rmdir ../gone; "$0" -m imagelock list', sys.executable],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.stderr.splitlines()[-1] == (
        "error: the current directory cannot be used: No such file or directory"
    )
    assert done.returncode == 2


def test_a_file_whose_name_is_not_utf_8_is_read_but_not_pinned(
    locked: Path, imagelock: Run
) -> None:
    (locked / "Dockerfile").unlink()
    name = os.fsdecode(b"Dockerfile.\xff")
    (locked / name).write_text("FROM nginx:1.27\n")
    done = imagelock("pin")

    assert "the lockfile cannot name it" in done.out
    assert done.exit_code == 0
    assert (locked / name).read_text() == "FROM nginx:1.27\n"
    assert "@sha256:" in (locked / "compose.yaml").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        "pin --check --image nginx:1.27",
        "verify --offline",
        "pin --image redis:7",
        "export list",
        "lock --check",
    ],
)
def test_quiet_still_tells_why_a_run_fails(
    locked: Path, imagelock: Run, arguments: str
) -> None:
    done = imagelock(*arguments.split(), "--quiet")

    assert done.out == ""
    assert "error: " in done.err
    assert done.exit_code == 1


def test_quiet_tells_what_fails_and_nothing_else(locked: Path, imagelock: Run) -> None:
    (locked / "Dockerfile").write_text("# imagelock: ignroe\nFROM nginx:1.27\n")
    asked = ("verify", "--offline", "-q")

    assert imagelock(*asked) == (0, "", "")
    strict = imagelock(*asked, "--fail-on", "warning")
    finding, *source_line = strict.err.splitlines()
    assert finding.split(": ")[1] == "warning"
    assert all(re.match(r" *[0-9]* \|", line) for line in source_line)
    assert strict.exit_code == 1


def test_render_tells_quietly_what_is_not_locked(locked: Path, imagelock: Run) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "imagelock", "-q", "render"],
        check=False, capture_output=True, text=True,
        input="kind: Pod\napiVersion: v1\nspec: {containers: [{image: redis:7}]}\n",
    )  # fmt: skip

    assert "`redis:7`" in done.stderr
    assert done.stdout == ""
    assert done.returncode == 1


def test_doctor_tells_quietly_which_registry_is_silent(
    locked: Path, imagelock: Run
) -> None:
    (locked / "Dockerfile").write_text("FROM 127.0.0.1:1/app:1\n")
    done = imagelock("doctor", "-q")

    assert done.err.startswith("error: `127.0.0.1:1` cannot be reached: ")
    assert done.err.count("error: ") == 1
    assert done.out == ""
    assert done.exit_code == 3


def test_a_device_is_written_to_and_not_replaced(locked: Path) -> None:
    (locked / "Dockerfile").unlink()
    piped = shell("export list -o /dev/stdout", "| cat")
    full = shell("export list -o /dev/full", "")

    assert b"docker.io/library/nginx:1.27@sha256:" in piped.stdout
    assert full.stderr == (
        b"error: `/dev/full` cannot be written: No space left on device\n"
    )
    assert full.returncode == 2
    assert Path("/dev/full").is_char_device()


def test_what_cannot_be_read_is_named(locked: Path, imagelock: Run) -> None:
    (locked / "binary").write_bytes(b"\0" * 9)
    (locked / "words").write_text("no JSON")

    assert "in `binary`" in imagelock("import", "binary").err
    assert "in `words`" in imagelock("verify", "--running", "words").err
    rendered = shell("render", "<binary")
    assert b"in the standard input" in rendered.stderr
    assert rendered.returncode == 2


@pytest.mark.parametrize("flags", ["-qv", "-vvv", "-vq"])
def test_short_options_stand_together_behind_the_command(
    locked: Path, imagelock: Run, flags: str
) -> None:
    assert imagelock("list", flags).exit_code == 0
