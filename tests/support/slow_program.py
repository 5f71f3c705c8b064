"""A program that waits, so that a test can kill whoever runs it."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from tests.support.cluster import KILL

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """#!/bin/sh
case "$*" in *{word}*)
    echo $PPID >>{folder}/started
    until [ -e {folder}/gate ]; do sleep 0.05; done ;;
esac
env >>{folder}/environment
exec {program} "$@"
"""


class SlowProgram:
    """A program that waits until `open` is called, and says which processes called it.

    With a *word*, only calls wait that have it in an argument.

    `path` is the `PATH` on which it is found before the real one.
    """

    def __init__(self, folder: Path, name: str, word: str = "") -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "started").touch()
        program = folder / name
        program.write_text(
            SCRIPT.format(folder=folder, program=shutil.which(name), word=word)
        )
        program.chmod(0o755)
        self.path = f"{folder}{os.pathsep}{os.environ['PATH']}"

    @property
    def environment(self) -> str:
        """The variables of all calls."""
        return (self.folder / "environment").read_text()

    def open(self) -> None:
        """Let all calls go on."""
        (self.folder / "gate").touch()

    def is_called_by_all(self, processes: list[int]) -> bool:
        """Return whether each of *processes* has called it."""
        callers = (self.folder / "started").read_text().split()
        return {*map(str, processes)} <= {*callers}

    def kill_first(self, workers: list[int], killed: list[int]) -> None:
        """Kill the first of *workers* when each of them has called it; then open."""
        for _ in range(1000):
            if self.is_called_by_all(workers):
                os.kill(workers[0], KILL)
                killed.append(workers[0])
                break
            time.sleep(0.05)
        self.open()
