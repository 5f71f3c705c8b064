"""Run a program without `subprocess`, which takes longer to load than to use."""

from __future__ import annotations

import os
import sys

from imagelock.dataclass import dataclass
from imagelock.light_signal import signal
from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK: Final = 65536


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program has printed, and how it ended."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(command: list[str], environment: Mapping[str, str]) -> Completed:
    """Run *command*, whose program is given by its path, until it ends.

    Raises:
        OSError: the program cannot be started.
    """
    if sys.platform == "win32" or not hasattr(os, "posix_spawn"):
        return _run_anywhere(command, environment)
    readers, writers = zip(os.pipe(), os.pipe(), strict=True)
    try:
        try:
            process = os.posix_spawn(
                command[0],
                command,
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, writer, number)
                    for number, writer in enumerate(writers, 1)
                ],
                # Python ignores it, and a program would not notice a closed pipe.
                setsigdef=[signal.SIGPIPE],
            )
        finally:
            for writer in writers:
                os.close(writer)
        try:
            stdout, stderr = _read_all(*readers)
        except BaseException:
            os.kill(process, signal.SIGKILL)
            raise
        finally:
            status = os.waitpid(process, 0)[1]
    finally:
        for reader in readers:
            os.close(reader)
    return Completed(os.waitstatus_to_exitcode(status), stdout, stderr)


def _read_all(*pipes: int) -> tuple[bytes, ...]:
    """Return what comes out of *pipes*, together, until all of them are closed."""
    if sys.platform == "win32":  # its pipes cannot be waited for
        raise NotImplementedError
    import select

    chunks: dict[int, list[bytes]] = {pipe: [] for pipe in pipes}
    waiting = select.poll()
    for pipe in pipes:
        waiting.register(pipe, select.POLLIN)
    left = len(pipes)
    while left:
        for pipe, _ in waiting.poll():
            if chunk := os.read(pipe, _CHUNK):
                chunks[pipe].append(chunk)
            else:
                waiting.unregister(pipe)
                left -= 1
    return tuple(b"".join(chunks[pipe]) for pipe in pipes)


def _run_anywhere(command: list[str], environment: Mapping[str, str]) -> Completed:
    import subprocess

    done = subprocess.run(  # noqa: S603 - a program by its path, and no shell
        command, capture_output=True, check=False, env=environment
    )
    return Completed(done.returncode, done.stdout, done.stderr)
