"""Run a program that may hang, crash, or print without end, and stop all it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of output. The report of an image with some thousand packages takes a tenth of it."""
_ERROR_BYTES: Final = 16 * 1024
"""The end of stderr that is kept."""
_CHUNK: Final = 64 * 1024
_INTERVAL: Final = 0.1
"""In seconds, between two looks at the time and the size of the output."""
_LAST_OUTPUT: Final = 2.0
"""Seconds for what a program that ended has left in its pipes."""


class ProgramError(Exception):
    """A program did not end by itself; the message continues "`NAME` "."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ended: its exit code, its output, and the end of its stderr."""

    exit_code: int
    output: bytes
    errors: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A program to run in *folder*, with nothing of the environment but *environment*.

    The output is stdout, or the file *output*. *timeout* is in seconds.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    output: Path | None = None
    timeout: float


def run_program(invocation: Invocation, stop: threading.Event) -> Finished:
    """Run a program until it ends, or *stop* is set; then kill all that it started.

    Raises:
        ProgramError: it cannot be run, took too long, or printed too much.
    """
    try:
        process = _start(invocation)
    except OSError as error:
        message = f"cannot be run: {reason(error)}"
        raise ProgramError(message) from error
    output = _Reader(process.stdout, MOST_BYTES)
    errors = _Reader(process.stderr, _ERROR_BYTES, keeps_end=True)
    try:
        _wait(process, invocation, output, stop)
    finally:
        _kill(process)
    output.join(_LAST_OUTPUT)
    errors.join(_LAST_OUTPUT)
    data = output.content() if invocation.output is None else _read(invocation.output)
    if len(data) > MOST_BYTES:
        raise _too_much()
    return Finished(process.returncode, data, errors.content())


class _Reader(threading.Thread):
    """Reads a pipe until its end, and keeps the first bytes, or the last ones.

    It also closes the pipe: if a program leaves a process behind that holds the other
    end, the thread goes on waiting for it, and nobody else.
    """

    def __init__(
        self, pipe: IO[bytes] | None, limit: int, *, keeps_end: bool = False
    ) -> None:
        super().__init__(name="program-output", daemon=True)
        self._pipe = pipe
        self._limit = limit
        self._keeps_end = keeps_end
        self._content = bytearray()
        self.start()

    @property
    def is_full(self) -> bool:
        """Whether there was more to keep than is allowed."""
        return not self._keeps_end and len(self._content) > self._limit

    def run(self) -> None:
        if self._pipe is None:
            return
        with self._pipe as pipe:
            while chunk := pipe.read(_CHUNK):
                if not self.is_full:
                    self._content += chunk
                if self._keeps_end:
                    del self._content[: -self._limit]

    def content(self) -> bytes:
        """Return what was kept so far."""
        return bytes(self._content)


def _start(invocation: Invocation) -> subprocess.Popen[bytes]:
    """Start the program as the leader of a process group of its own."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(  # noqa: S603 - a path, and no shell
        list(invocation.arguments),
        bufsize=0,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=invocation.folder,
        env=dict(invocation.environment),
        start_new_session=True,
        creationflags=flags,
    )


def _wait(
    process: subprocess.Popen[bytes],
    invocation: Invocation,
    output: _Reader,
    stop: threading.Event,
) -> None:
    deadline = time.monotonic() + invocation.timeout
    while True:
        try:
            process.wait(_INTERVAL)
        except subprocess.TimeoutExpired:
            pass
        else:
            return
        if stop.is_set():
            message = "was stopped"
            raise ProgramError(message)
        if time.monotonic() > deadline:
            message = f"took longer than {invocation.timeout:g} seconds"
            raise ProgramError(message)
        if output.is_full or _size(invocation.output) > MOST_BYTES:
            raise _too_much()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and what it started, also if the program itself has ended."""
    if sys.platform == "win32":
        if process.poll() is None:
            tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(tree, capture_output=True, check=False)  # noqa: S603
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _size(path: Path | None) -> int:
    try:
        return path.stat().st_size if path else 0
    except OSError:
        return 0


def _read(path: Path) -> bytes:
    """Return the content of *path*, but no more than one byte too much.

    A program that failed may have written nothing.
    """
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError:
        return b""


def _too_much() -> ProgramError:
    return ProgramError(f"printed more than {MOST_BYTES // 2**20} MB")
