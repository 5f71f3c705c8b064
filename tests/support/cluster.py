"""A Dask cluster of real processes on this machine: a scheduler, and two workers.

They are forked from a small process that has loaded Dask, which takes seconds. It ends
them when its own input ends, so that none of them outlives a test that was killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from distributed.core import Server

KILL: Final = 9
"""The signal that no process can handle. Windows does not have its name."""
_HOST: Final = "127.0.0.1"
_ANY_PORT: Final = f"{_HOST}:0"


class RunningCluster(NamedTuple):
    """The address of the scheduler, its process, and those of the workers."""

    address: str
    scheduler: int
    workers: list[int]


@contextmanager
def running_cluster(
    variables: Mapping[str, str], protocol: str = "tcp"
) -> Iterator[RunningCluster]:
    """Run a cluster whose workers have a thread each, and the environment *variables*.

    The *protocol* may be `tls`, with certificates that the variables name.
    """
    with tempfile.TemporaryDirectory(prefix="dask-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.cluster", folder, protocol],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "DASK_LOGGING__DISTRIBUTED": "critical", **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        import distributed as _  # noqa: F401 - meanwhile, because it takes as long

        try:
            assert process.stdout
            started = json.loads(process.stdout.readline())
            yield RunningCluster(**started)
        finally:
            process.communicate()


def _start(folder: str, protocol: str) -> None:
    """Fork the processes, print what they are, and end them with the input."""
    import distributed

    def scheduler() -> Server:
        return distributed.Scheduler(
            host=_HOST, port=0, protocol=protocol, dashboard_address=_ANY_PORT
        )

    def worker() -> Server:
        return distributed.Worker(
            address,
            nthreads=1,
            host=_HOST,
            protocol=protocol,
            dashboard_address=_ANY_PORT,
            local_directory=folder,
        )

    first, address = _forked(scheduler)
    processes = [first, *(_forked(worker)[0] for _ in range(2))]
    started = RunningCluster(address, first, processes[1:])
    sys.stdout.write(json.dumps(started._asdict()) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    for process in processes:
        os.kill(process, KILL)


def _forked(start: Callable[[], Server]) -> tuple[int, str]:
    """Return the new process in which *start* is called, and the address of its server."""
    if sys.platform == "win32":
        raise NotImplementedError
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        asyncio.run(_run(start, writing))
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return process, pipe.read()


async def _run(start: Callable[[], Server], writing: int) -> None:
    server = await start()
    os.write(writing, server.address.encode())
    os.close(writing)
    await server.finished()


if __name__ == "__main__":
    _start(*sys.argv[1:])
