"""Runs the commands of the page in the project of the demo."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.demo.tour import clean_environment, this_program

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS: Final = ("lock", "verify", "update", "pin", "unpin")
_TIMEOUT: Final = 60
"""How long a command may run, in seconds."""
_MOST: Final = 20_000
"""The number of characters of its output that are kept, from the beginning."""


@dataclass(frozen=True, slots=True)
class CommandRun:
    """A command that has run: what it printed, with ANSI colors, and its exit code."""

    command: str
    output: str
    exit_code: int


def run_command(name: str, folder: Path) -> CommandRun:
    """Run `imagelock NAME`, one of `COMMANDS`, in *folder*."""
    command = [*this_program(), name, "--color", "always", "--no-cache"]
    try:
        process = subprocess.run(  # noqa: S603 - this very program
            command,
            cwd=folder,
            check=False,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        message = f"stopped: it took more than {_TIMEOUT} seconds"
        return CommandRun(f"imagelock {name}", message, -1)
    output = process.stdout[:_MOST]
    return CommandRun(f"imagelock {name}", output, process.returncode)
