"""Copies of the process do work, and end with it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.project.forks import lines_of_forks, processors

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="there are no copies there"),
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]

HERE = os.getpid()


@pytest.mark.parametrize("number", [0, 1, 63, 64, 1000])
@pytest.mark.parametrize("count", [1, 3])
def test_every_task_is_done_once(number: int, count: int) -> None:
    def work(share: list[int]) -> Iterator[str]:
        return (str(2 * task) for task in share)

    lines = lines_of_forks(range(number), work, count)

    assert sorted(map(int, lines)) == [2 * task for task in range(number)]


def test_long_answers_of_all_are_whole() -> None:
    lines = lines_of_forks(range(200), lambda share: ["x" * 100_000 for _ in share], 4)
    assert [len(line) for line in lines] == [100_000] * 200


@pytest.mark.parametrize("failure", [OSError, KeyboardInterrupt, UnicodeError])
def test_the_lines_of_one_that_fails_are_missing(failure: type[Exception]) -> None:
    def work(share: list[int]) -> Iterator[str]:
        for task in share:
            if task == 70:
                raise failure
            yield str(task)

    lines = lines_of_forks(range(128), work, 2)

    assert lines == [str(task) for task in range(64)]


def test_an_interruption_ends_the_copies(tmp_path: Path) -> None:
    def work(share: list[int]) -> list[str]:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(600)
        return [str(task) for task in share]

    ended = threading.Event()

    def interrupt() -> None:
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
        # A signal just before the pipe is read does not end the reading of it.
        while not ended.wait(1):
            os.kill(HERE, signal.SIGINT)

    # Whoever started the tests may ignore the signal, as shells do in the background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            lines_of_forks(range(128), work, 2)
    finally:
        ended.set()
        thread.join()
        signal.signal(signal.SIGINT, before)

    for copy in tmp_path.iterdir():
        assert not Path("/proc", copy.name).exists()


def test_a_process_with_threads_is_not_copied() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert processors() == 1
    finally:
        stop.set()
        thread.join()
