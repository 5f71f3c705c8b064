"""Repeat a line of a golden case until the file is large, and see that the time grows
with it, and not with its square.

    .venv/bin/python benchmarks/growth.py [FORMAT ...] [--lines N] [--size CHARACTERS]

Takes one file of each kind of each format in `tests/examples`, and repeats some of its
lines: as lines, on one line at its end, and on the line itself. Each result is read as
a project, with the other files of its case. What takes longer than a second and what
is in proportion to the size is printed. Ends with 1 if there was anything.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fuzz import EXAMPLE_FOLDERS, PER_CHARACTER, SECONDS, bound

from imagelock.config import Config
from imagelock.project.project_files import ProjectFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

EXPECTED: Final = "expected.toml"


class TooSlowError(Exception):
    """The time for one project is up."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("formats", nargs="*", metavar="FORMAT")
    parser.add_argument("--lines", type=int, default=6, help="lines of each file")
    parser.add_argument("--size", type=int, default=150_000, help="of a file")
    arguments = parser.parse_args()
    bound()
    failed = 0
    for folder in sorted(EXAMPLE_FOLDERS.iterdir()):
        if not arguments.formats or folder.name in arguments.formats:
            for path in files_of_each_kind(folder):
                failed += report(path, arguments.lines, arguments.size)
    return 1 if failed else 0


def files_of_each_kind(folder: Path) -> Iterator[Path]:
    """Yield one file for each ending in the golden cases of a format."""
    seen: set[str] = set()
    for path in sorted(folder.glob("*/**/*")):
        if path.is_file() and path.name != EXPECTED:
            kind = path.suffix or path.name
            if kind not in seen:
                seen.add(kind)
                yield path


def report(path: Path, count: int, size: int) -> int:
    """Repeat lines of *path*; print which take too long, and return how many do."""
    failed = 0
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    chance = random.Random(str(path.name))  # noqa: S311 - repeatable, no secret
    chosen = sorted({line for line in lines if line.strip()})
    for line in chance.sample(chosen, min(count, len(chosen))):
        for kind, text in repeated(lines, line, size).items():
            seconds = time_to_read(path, text)
            if seconds is None or seconds > SECONDS + PER_CHARACTER * size:
                shown = "no end" if seconds is None else f"{seconds:.1f} s"
                place = path.relative_to(EXAMPLE_FOLDERS)
                print(
                    f"FAILED {place} {kind} {line.strip()[:60]!r}: {shown}", flush=True
                )
                failed += 1
    return failed


def repeated(lines: list[str], line: str, size: int) -> dict[str, str]:
    """Return texts of about *size* characters that repeat *line*, by how they do."""
    at, times = lines.index(line), size // (len(line) + 1)
    end = " ".join([line.strip()] * times)
    return {
        "lines": "\n".join([*lines[:at], *[line] * times, *lines[at:]]),
        "end": "\n".join([*lines[: at + 1], end]),
        "inside": "\n".join([*lines[:at], line * times, *lines[at + 1 :]]),
    }


def time_to_read(path: Path, text: str) -> float | None:
    """Return the CPU seconds to read the case of *path* with *text* in it, if it ends."""
    case = EXAMPLE_FOLDERS / Path(*path.relative_to(EXAMPLE_FOLDERS).parts[:2])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for each in case.rglob("*"):
            if each.is_file():
                target = root / each.relative_to(case)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text.encode() if each == path else each.read_bytes())
        start = time.process_time()
        try:
            read(root)
        except TooSlowError:
            return None
        return time.process_time() - start


def read(root: Path) -> None:
    """Read the project at *root*.

    Raises:
        TooSlowError: it takes more than a minute of CPU; POSIX only.
    """
    if sys.platform != "win32":
        signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    try:
        ProjectFiles(root=root, config=Config()).found()
    finally:
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def stop(_number: int, _frame: FrameType | None) -> None:
    raise TooSlowError


if __name__ == "__main__":
    sys.exit(main())
