"""What runs cost that ask registries, against a simulated network and its limit."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import peers
from measure import Command, alternating, imagelock, measured, table
from projects import of_services

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROUND_TRIP: Final = 0.04
"""Seconds: another continent's registry, or a near one on a slow day."""
HERE: Final = Path(__file__).parent


class Simulation:
    """A running simulated registry at `host`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.host = self._answer("")

    def counts(self) -> dict[str, int]:
        """Return what was counted since the last call."""
        counts: dict[str, int] = json.loads(self._answer("\n"))
        return counts

    def _answer(self, line: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise TypeError
        stdin.write(line)
        stdin.flush()
        return stdout.readline().strip()


@contextmanager
def simulated(round_trip: float) -> Iterator[Simulation]:
    """Run a simulated registry in a process of its own, whose CPU does not count."""
    script = str(HERE / "simulated_registry.py")
    command = (sys.executable, script, "--round-trip", str(round_trip))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Simulation(process)
        finally:
            process.terminate()


def asking(folder: Path, runs: int, *, references: int, repositories: int) -> None:
    """Print what it costs to lock and verify *references* of *repositories*."""
    with simulated(ROUND_TRIP) as simulation:
        names = [
            f"{simulation.host}/acme/app{n % repositories}:v{n // repositories}"
            for n in range(references)
        ]
        commands = {
            **imagelock_commands(folder / "project", names),
            **dict(peers.resolving(folder, names)),
        }
        counts = {
            name: counted(simulation, command) for name, command in commands.items()
        }
        connections = max(
            counts[f"`{name}`"]["connections at once"] for name in ("lock", "verify")
        )
        limit = bare(folder, connections)
        counts[LIMIT] = counted(simulation, limit)
        figures = alternating({LIMIT: limit, **commands}, runs)
    print(
        f"## {references} references of {repositories} repositories,"
        f" {ROUND_TRIP * 1000:.0f} ms round trip\n"
    )
    table(figures, LIMIT, clock=True)
    print("| | requests | tokens | connections | at once |\n|---|---|---|---|---|")
    for name, count in counts.items():
        row = (
            count.get(key, 0)
            for key in ("requests", "tokens", "connections", "connections at once")
        )
        print(f"| {name} | {' | '.join(map(str, row))} |")
    print(flush=True)


LIMIT: Final = "bare requests, as many connections"


def imagelock_commands(project: Path, names: Sequence[str]) -> dict[str, Command]:
    """Return `lock` and `verify`, of a project whose images are *names*."""
    of_services(project, names)
    lockfile = project / "images.lock"

    def unlock() -> None:
        lockfile.unlink(missing_ok=True)

    lock = imagelock(project, "lock")
    return {
        "`lock`": Command(lock.arguments, before=unlock),
        "`lock`, nothing to do": lock,
        "`verify`": imagelock(project, "verify"),
    }


def bare(folder: Path, connections: int) -> Command:
    """Return the least that asking for the names in *folder* can cost."""
    script = f"{sys.executable} {HERE / 'bare_client.py'} {connections} < names"
    return Command(("sh", "-c", script), folder)


def counted(simulation: Simulation, command: Command) -> dict[str, int]:
    """Return what *command* asks of *simulation*."""
    simulation.counts()
    measured(command)
    return simulation.counts()
