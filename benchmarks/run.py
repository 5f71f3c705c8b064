"""Measure imagelock as whole processes, as ratios within one run.

    make bench

Start-up: `imagelock verify --offline` on a project of ten files, against a Typer
application of two empty commands and against a bare interpreter. Reading: the
same command on a thousand files. Locking: 300 references on a registry on the
loopback address, with the number of requests. Ratios are comparable between
machines; seconds are not.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.platform import Platform

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


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start_up(folder)
        reading(folder)
        locking(folder)


def start_up(folder: Path) -> None:
    (folder / "empty.py").write_text(TYPER)
    small = project(folder / "small", files=10)
    verify = [*IMAGELOCK, "--project", str(small), "verify", "--offline"]
    commands = [
        verify,
        [sys.executable, str(folder / "empty.py"), "one"],
        [sys.executable, "-c", "pass"],
    ]
    ours, typer, bare = alternating(commands)
    print(f"start-up: verify --offline, 10 files {ours:.3f} s")
    print(f"  against an empty Typer application   {ours / typer:.2f}")
    print(f"  against a bare interpreter           {ours / bare:.2f}")


def reading(folder: Path) -> None:
    small, large = folder / "small", project(folder / "large", files=1000)
    commands = [
        [*IMAGELOCK, "--project", str(large), "verify", "--offline"],
        [*IMAGELOCK, "--project", str(small), "verify", "--offline"],
    ]
    many, few = alternating(commands, runs=5)
    print(f"reading: verify --offline, 1000 files {many:.3f} s")
    print(f"  against 10 files                     {many / few:.2f}")
    print(f"  a file more                          {(many - few) / 990 * 1e6:.0f} µs")


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
        registry.log.clear()
        first = timed([*IMAGELOCK, "--project", str(target), "lock"])
        requests = len(registry.log)
        registry.log.clear()
        second = timed([*IMAGELOCK, "--project", str(target), "lock"])
        again = len(registry.log)
        checked = timed([*IMAGELOCK, "--project", str(target), "verify"])
    print(f"locking: 300 references               {first:.3f} s, {requests} requests")
    print(f"  again, nothing new                   {second:.3f} s, {again} requests")
    print(f"  verify, online                       {checked:.3f} s")


def project(folder: Path, *, files: int) -> Path:
    """Write a project of *files* files, a third of each kind, with images by digest."""
    for number in range(files):
        part = folder / f"part{number}"
        part.mkdir(parents=True)
        name = f"registry.example/acme/app{number}:v1"
        kinds = {
            "compose.yaml": f"services:\n  web:\n    image: {name}\n    ports: [80]\n",
            "Dockerfile": f"FROM {name} AS build\nRUN make\nFROM scratch\n",
            "deploy.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
            f"  containers:\n  - name: web\n    image: {name}\n",
        }
        kind = sorted(kinds)[number % 3]
        (part / kind).write_text(kinds[kind])
    return folder


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
