"""Work in several processes, whose answers are lines of text."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_Task = TypeVar("_Task")

_BLOCK: Final = 64
"""Tasks in a row that go to a process, since neighbours have much in common."""


def processors() -> int:
    """Return how many processors copies of this process may use; 1 if there can be none.

    That is so on Windows, on macOS, whose libraries do not bear it, and in a process with
    threads: a copy has their locks, and nobody who releases them.
    """
    if sys.platform == "linux" and threading.active_count() == 1:
        return len(os.sched_getaffinity(0))
    return 1


def lines_of_forks(
    tasks: Sequence[_Task], work: Callable[[list[_Task]], Iterable[str]], count: int
) -> list[str]:
    """Return the lines of *work* for *tasks*, done by *count* copies of this process.

    Each copy does a share of the tasks, and nothing that it changes is seen here. Its
    lines, which have no line breaks, are missing if it fails.

    Raises:
        OSError: the system starts no more processes.
    """
    if sys.platform == "win32":
        return []
    copies: list[tuple[int, int]] = []
    answers = []
    try:
        for share in _shares(tasks, count):
            copies.append(_start(share, work))  # noqa: PERF401 - each is to be ended
        for _, pipe in copies:
            with open(pipe, encoding="ascii", newline="\n") as file:
                answers.append(file.read())
    except BaseException:
        for process, _ in copies:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        raise
    finally:
        ends = [os.waitpid(process, 0)[1] for process, _ in copies]
    whole = (text for text, end in zip(answers, ends, strict=True) if end == 0)
    return [line for text in whole for line in text.split("\n")[:-1]]


def _start(
    share: list[_Task], work: Callable[[list[_Task]], Iterable[str]]
) -> tuple[int, int]:
    """Start a copy; return its id, and where to read its answer."""
    if sys.platform == "win32":
        raise NotImplementedError
    read_end, write_end = os.pipe()
    process = os.fork()
    if process:
        os.close(write_end)
        return process, read_end
    try:
        # In one piece, at the end: a full pipe would let the copy wait for the others.
        text = "".join(f"{line}\n" for line in work(share))
        with open(write_end, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
    except BaseException:  # noqa: BLE001 - the caller does what is missing, and reports
        os._exit(1)
    os._exit(0)


def _shares(tasks: Sequence[_Task], count: int) -> list[list[_Task]]:
    blocks = [tasks[start : start + _BLOCK] for start in range(0, len(tasks), _BLOCK)]
    shares = (
        [task for block in blocks[n::count] for task in block] for n in range(count)
    )
    return [share for share in shares if share]
