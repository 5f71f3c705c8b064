"""Run imagelock in children of a small process, and kill them at a chosen step.

The process loads imagelock once and forks for each run, which takes a tenth of the time
of a new Python. A step is an event that Python's audit hooks see: a file of the project
is opened, created, renamed, deleted, or a folder is listed.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEPS: Final = {
    *("open", "os.rename", "os.remove", "os.chmod", "os.mkdir", "os.scandir"),
    *("os.listdir", "tempfile.mkstemp", "fcntl.flock"),
}
_KILL: Final = 9
"""The signal that no process can handle. Windows does not have its name."""


class Killed(NamedTuple):
    """How a run ended: its exit code, or minus the signal, its steps and its output.

    The number of steps is known only of a run that was not killed.
    """

    exit_code: int
    steps: int
    output: str


class Killer:
    """Runs imagelock in the folder *root*."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self,
        root: Path,
        *arguments: str,
        at_step: int = 0,
        after: float | None = None,
        number: int = _KILL,
    ) -> Killed:
        """Run imagelock, and kill it at a step (from 1) or *after* some seconds.

        At a step, *number* is the signal that it sends itself.
        """
        order = [str(root), list(arguments), at_step, after, number]
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Killed(*json.loads(self._process.stdout.readline()))


@contextmanager
def killer() -> Iterator[Killer]:
    """Start the process, and end it."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        try:
            yield Killer(process)
        finally:
            process.kill()


def _serve() -> None:
    from imagelock.cli.app import application

    application()
    import imagelock.registry.connect
    import imagelock.registry.session  # noqa: F401 - loaded before the forks

    for line in sys.stdin:
        sys.stdout.write(json.dumps(_run(*json.loads(line))) + "\n")
        sys.stdout.flush()


def _run(
    root: str,
    arguments: list[str],
    at_step: int,
    after: float | None,
    number: int,
) -> tuple[int, int, str]:
    if sys.platform == "win32":
        raise NotImplementedError
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os.chdir(root)
            _child(root, arguments, (at_step, number), writing)
        os.close(writing)
        if after is not None:
            time.sleep(after)
            os.kill(child, _KILL)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reading) as pipe:
            steps = int(pipe.read() or 0)
        output.seek(0)
        text = output.read().decode()
    return os.waitstatus_to_exitcode(status), steps, text


def _child(root: str, arguments: list[str], end: tuple[int, int], writing: int) -> None:
    from imagelock.cli import run

    steps = 0

    def count(event: str, values: tuple[object, ...]) -> None:
        nonlocal steps
        if event not in _STEPS:
            return
        if event != "fcntl.flock" and not str(values[0]).startswith(root):
            return
        steps += 1
        if steps == end[0]:
            os.kill(os.getpid(), end[1])

    # The fork inherits functions of the parent that do not concern it.
    atexit._clear()  # noqa: SLF001
    atexit.register(lambda: os.write(writing, str(steps).encode()))
    sys.addaudithook(count)
    sys.argv = ["imagelock", *arguments]
    try:
        run()
    finally:  # `run` ends the process, unless it fails
        os._exit(1)


if __name__ == "__main__":
    _serve()
