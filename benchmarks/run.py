"""Measure imagelock as whole processes, as ratios within one run.

    make bench
    make bench BENCH_ARGUMENTS="--only network --runs 3"

It prints Markdown. Each table is one group of commands that ran by turns: its ratios
can be compared between machines, and its seconds cannot. `README.md` has results.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import fleet_updates
import fleets
import formats
import network
import offline
import peers
from measure import forget

if TYPE_CHECKING:
    from collections.abc import Callable

COUNTS: Final = (10, 1_000, 10_000)
LARGE: Final = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--runs", type=int, default=5, help="of each command")
    parser.add_argument(
        "--large", action="store_true", help=f"read {LARGE:,} files, too"
    )
    options = parser.parse_args()
    counts = (*COUNTS, LARGE) if options.large else COUNTS
    print(heading(), flush=True)
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            try:
                SECTIONS[name](Path(folder), options.runs, counts)
            finally:
                forget()


SECTIONS: Final[dict[str, Callable[[Path, int, tuple[int, ...]], None]]] = {
    "start-up": lambda folder, runs, _: offline.start_up(folder, runs),
    "files": lambda folder, runs, counts: offline.files(folder, runs, counts=counts),
    "operator": lambda folder, runs, _: offline.operator(folder, runs),
    "entries": lambda folder, runs, _: offline.entries(folder, runs),
    "other": lambda folder, runs, _: offline.other(folder, runs),
    "network": lambda folder, runs, _: network.asking(
        folder, runs, references=300, repositories=300
    ),
    "shared": lambda folder, runs, _: network.asking(
        folder, runs, references=30, repositories=6
    ),
    "fleet": lambda folder, runs, _: fleets.collecting(
        folder, runs, counts=(500, 5_000)
    ),
    "fleet-updates": lambda folder, *_: fleet_updates.updating(
        folder, count=1_000, sample=100
    ),
    "formats": lambda *_: formats.report(),
}


def heading() -> str:
    """Return the date, and the versions of what is measured."""
    names = ("imagelock", "typer", "httpx", "PyYAML")
    versions = {name: version(name) for name in names} | peers.installed()
    shown = ", ".join(f"{name} {number}" for name, number in versions.items())
    load = "unknown"
    if sys.platform != "win32":
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"# {datetime.now(UTC):%Y-%m-%d}\n\n{platform.python_implementation()}"
        f" {platform.python_version()}, {shown}; {os.cpu_count()} cores, load {load}.\n"
    )


if __name__ == "__main__":
    main()
