"""Output that only appears on a terminal."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from imagelock.version import __version__
from tests.cli.test_bad_input import program
from tests.cli.test_commands import COMPOSE
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run


def on_terminal(*arguments: str) -> tuple[str, str]:
    """Run imagelock with stderr on a terminal; return what both streams got."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        done = subprocess.run(
            program(*arguments), stdout=subprocess.PIPE, stderr=theirs,
            check=False, text=True, env=environment,
        )  # fmt: skip
        os.close(theirs)
        terminal_output = b""
        try:
            while chunk := terminal.read(65536):
                terminal_output += chunk
        except OSError:
            pass  # what Linux says at the end of a terminal that nobody has open
    return done.stdout, terminal_output.decode()


def test_a_terminal_gets_a_progress_bar_and_a_pipe_none(
    project: Path, address: str
) -> None:
    (project / "compose.yaml").write_text(COMPOSE)
    configure(project, address)

    out, terminal_output = on_terminal("lock")
    assert "Asking registries" in terminal_output
    assert "Asking registries" not in out
    assert "2 images locked" in out

    assert on_terminal("-q", "verify") == ("", "")


def test_colors_follow_the_environment(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "compose.yaml").write_text(COMPOSE)

    assert "\x1b[" not in imagelock("list").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in imagelock("list").out
    assert "\x1b[" not in imagelock("list", "--color", "never").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in imagelock("list").out
    assert "\x1b[" in imagelock("list", "--color", "always").out


def test_the_version(imagelock: Run) -> None:
    assert imagelock("--version").out == f"imagelock {__version__}\n"


@pytest.mark.parametrize("command", ["lock", "verify", "update", "list", "diff"])
def test_every_command_explains_itself(imagelock: Run, command: str) -> None:
    explained = imagelock(command, "--help")

    assert explained.exit_code == 0
    assert f"imagelock {command}" in explained.out
