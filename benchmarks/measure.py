"""Run commands by turns, and take the medians of their CPU, wall time and memory.

Other work on the machine then affects all commands of a group alike, so that their
ratios can be compared between machines. Seconds cannot.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

IMAGELOCK: Final = (sys.executable, "-m", "imagelock")
CACHE: Final = Path(tempfile.gettempdir()) / f"imagelock-bench-{os.getpid()}"
"""The cache folder of all commands, so that no run before this one counts."""
_TIMED: Final = Path(__file__).with_name("timed.py")
_MEGA: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Command:
    """A program to measure.

    `before` is called before each run, and is not measured.
    """

    arguments: Sequence[str]
    folder: Path | None = None
    before: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of CPU (user and system, with all children), of the clock, and memory.

    `peak` is in bytes, of the largest process.
    """

    cpu: float
    wall: float
    peak: float

    def __str__(self) -> str:
        return f"{self.cpu:.3f} | {self.wall:.3f} | {self.peak / _MEGA:.0f}"


def imagelock(project: Path, *arguments: str, cold: bool = False) -> Command:
    """Return the command `imagelock ARGUMENTS`; if *cold*, without any cache."""
    command = (*IMAGELOCK, "--project", str(project), *arguments)
    return Command(command, before=forget if cold else None)


def forget() -> None:
    """Delete everything that runs of imagelock have cached."""
    shutil.rmtree(CACHE, ignore_errors=True)


def alternating(commands: Mapping[str, Command], runs: int) -> dict[str, Figures]:
    """Return the medians of *runs* runs of each command, by turns.

    Before them, each runs once more, which does not count: it fills caches.
    """
    rounds = [
        {name: measured(command) for name, command in commands.items()}
        for _ in range(runs + 1)
    ]
    return {
        name: _medians([figures[name] for figures in rounds[1:]]) for name in commands
    }


def measured(command: Command) -> Figures:
    """Run *command* once.

    Raises:
        SystemExit: it did not do its work, and its figures mean nothing.
    """
    if command.before:
        command.before()
    environment = {**os.environ, "XDG_CACHE_HOME": str(CACHE)}
    # Else every run compiles every module again.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.NamedTemporaryFile() as result:
        run = subprocess.run(
            (sys.executable, "-S", str(_TIMED), result.name, *command.arguments),
            cwd=command.folder,
            env=environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if run.returncode:
            shown = " ".join(command.arguments)[:200]
            message = f"`{shown}` ended with {run.returncode}:\n{run.stdout[-2000:]}"
            raise SystemExit(message)
        return Figures(*map(float, result.read().split()))


def _medians(runs: Sequence[Figures]) -> Figures:
    return Figures(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        statistics.median(run.peak for run in runs),
    )


def table(figures: Mapping[str, Figures], against: str, *, clock: bool = False) -> None:
    """Print *figures* as a Markdown table, with ratios against the row *against*.

    The ratios are of CPU, or of the *clock* where that is what counts.
    """

    def value(row: Figures) -> float:
        return row.wall if clock else row.cpu

    ratio = f"{'wall' if clock else 'CPU'} against {against}"
    print(f"| | CPU s | wall s | peak MB | {ratio} |\n|---|---|---|---|---|")
    for name, row in figures.items():
        print(f"| {name} | {row} | {value(row) / value(figures[against]):.2f} |")
    print(flush=True)
