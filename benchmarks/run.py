"""Measure imagelock as whole processes, as ratios within one run.

    make bench

Start-up: `verify --offline` on a locked project of ten files, against a Typer
application of two empty commands. Growing: many files, entries and documents
against these ten files. Matching: a repository of files that no source reads,
against `git ls-files`. Locking: 300 references on a registry on the loopback
address, with the number of requests. Reading: each format, see `formats.py`.
Ratios are comparable between machines; seconds are not.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from formats import measured
from projects import of_documents, of_entries, of_files, of_other_files

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNS = 15
PLATFORMS = [Platform.parse("linux/amd64"), Platform.parse("linux/arm64")]
TYPER = """
import typer
app = typer.Typer()
@app.command()
def one() -> None: ...
@app.command()
def two() -> None: ...
app()
"""
IMAGELOCK = [sys.executable, "-m", "imagelock"]
VERIFY = ("verify", "--offline")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start_up(folder)
        growing(folder)
        matching(folder)
        locking(folder)
    reading()


def start_up(folder: Path) -> None:
    (folder / "empty.py").write_text(TYPER)
    small = of_files(folder / "small", files=10)
    ours, typer, bare = alternating(
        [
            on(small, *VERIFY),
            [sys.executable, str(folder / "empty.py"), "one"],
            [sys.executable, "-c", "pass"],
        ]
    )
    print(f"start-up: verify --offline, 10 files     {ours:.3f} s")
    print(f"  against an empty Typer application     {ours / typer:.2f}")
    print(f"  against a bare interpreter             {ours / bare:.2f}")


def growing(folder: Path) -> None:
    small, files = folder / "small", of_files(folder / "files", files=1000)
    entries = of_entries(folder / "entries", entries=2000)
    documents = of_documents(folder / "documents", documents=2000)
    few, *times = alternating(
        [
            on(small, *VERIFY),
            on(files, *VERIFY),
            on(files, "list"),
            on(entries, *VERIFY),
            on(entries, "lock", "--check"),
            on(documents, "list"),
            on(documents, "pin", "--diff"),
        ],
        runs=5,
    )
    names = (
        *("verify --offline, 1000 files", "list, 1000 files"),
        *("verify --offline, 2000 entries", "lock, 2000 entries, nothing to ask"),
        *("list, 2000 documents in a file", "pin, 2000 documents in a file"),
    )
    print("growing, against verify --offline of 10 files")
    for name, seconds in zip(names, times, strict=True):
        print(f"  {name:<38} {seconds / few:.2f}  ({seconds:.3f} s)")


def matching(folder: Path) -> None:
    other = of_other_files(folder / "other", files=20_000)
    ours, git = alternating(
        [
            on(other, "list"),
            ["git", "-C", str(other), "ls-files", "--cached", "--others"],
        ],
        runs=5,
    )
    print(f"matching: list, 20000 files of no image  {ours:.3f} s")
    print(f"  against git ls-files                   {ours / git:.2f}")


def locking(folder: Path) -> None:
    registry = MemoryRegistry()
    target = folder / "lock"
    target.mkdir()
    for number in range(300):
        registry.push_image(f"acme/app{number % 60}", f"v{number}", PLATFORMS)
    services = "".join(
        f"  s{n}:\n    image: registry.example/acme/app{n % 60}:v{n}\n"
        for n in range(300)
    )
    (target / "compose.yaml").write_text(f"services:\n{services}")
    with serve(registry) as address:
        (target / "imagelock.toml").write_text(
            '[registries."registry.example"]\n'
            f'mirror = "{address}"\nresolve-from-mirror = true\n'
        )
        small = timed(on(folder / "small", *VERIFY))
        first, requests = counted(registry, on(target, "lock"))
        again, repeated = counted(registry, on(target, "lock"))
        checked, looks = counted(registry, on(target, "verify"))
    print("locking 300 references, against verify --offline of 10 files")
    for name, seconds, count in (
        ("lock", first, requests),
        ("lock again, nothing new", again, repeated),
        ("verify, online", checked, looks),
    ):
        print(
            f"  {name:<38} {seconds / small:.2f}  ({seconds:.3f} s, {count} requests)"
        )


def reading() -> None:
    print("reading                        MB/s  of libyaml's  growth at 4 times")
    for name, speed, ratio, growth in measured():
        print(f"  {name:<24} {speed:9.2f}  {ratio:12.2f}  {growth:17.2f}")


def on(project: Path, *arguments: str) -> list[str]:
    return [*IMAGELOCK, "--project", str(project), *arguments]


def counted(registry: MemoryRegistry, command: Sequence[str]) -> tuple[float, int]:
    """Return the wall seconds of a process and the requests that it made."""
    registry.log.clear()
    return timed(command), len(registry.log)


def alternating(commands: Sequence[Sequence[str]], *, runs: int = RUNS) -> list[float]:
    """Return the median wall seconds of each command, run by turns."""
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(runs + 1):
        for index, command in enumerate(commands):
            times[index].append(timed(command))
    return [statistics.median(one[1:]) for one in times]


def timed(command: Sequence[str]) -> float:
    """Return the wall seconds of one whole process."""
    begin = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
