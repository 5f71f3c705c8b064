"""Programs that run until they end: what they print, and how they end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from imagelock import child_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOTH_STREAMS = """
import os
for _ in range(64):
    os.write(1, b"a" * 10_000)
    os.write(2, b"b" * 10_000)
raise SystemExit(3)
"""


@pytest.fixture(params=["posix_spawn", "subprocess"])
def run(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., child_process.Completed]:
    """Run a program of Python, also as on systems without `posix_spawn`."""
    if request.param == "subprocess":
        monkeypatch.delattr(os, "posix_spawn", raising=False)

    def run(program: str, **environment: str) -> child_process.Completed:
        return child_process.run([sys.executable, "-I", "-c", program], environment)

    return run


def test_more_than_a_pipe_holds_is_read_from_both_streams(
    run: Callable[..., child_process.Completed],
) -> None:
    done = run(BOTH_STREAMS)

    assert (len(done.stdout), len(done.stderr)) == (640_000, 640_000)
    assert done.returncode == 3


def test_a_program_has_only_the_environment_that_it_is_given(
    run: Callable[..., child_process.Completed],
) -> None:
    done = run("import os; print(sorted(os.environ))", IMAGELOCK_TEST="1", LC_ALL="C")

    assert done.stdout.split() == [b"['IMAGELOCK_TEST',", b"'LC_ALL']"]


def test_a_signal_that_ends_a_program_is_its_negative_exit_code(
    run: Callable[..., child_process.Completed],
) -> None:
    done = run("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")

    assert done.returncode == -signal.SIGTERM


def test_a_closed_pipe_ends_a_program() -> None:
    """Python ignores the signal, and its children do not."""
    if sys.platform == "win32":
        pytest.skip("there are no such signals")
    done = child_process.run(["/bin/sh", "-c", "kill -PIPE $$; echo alive"], {})

    assert (done.returncode, done.stdout) == (-signal.SIGPIPE, b"")


def test_a_missing_program_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        child_process.run(["/nowhere/git", "status"], {})


def test_an_interruption_ends_the_program(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there are no such signals")
    file = tmp_path / "number"
    command = f"echo $$ > '{file}.new' && mv '{file}.new' '{file}' && exec sleep 60"
    waiting = threading.Thread(target=interrupt_when, args=(file,))
    # What runs in the background of a shell ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    try:
        waiting.start()
        with pytest.raises(KeyboardInterrupt):
            child_process.run(["/bin/sh", "-c", command], {"PATH": os.defpath})
        waiting.join()
    finally:
        signal.signal(signal.SIGINT, before)

    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


def interrupt_when(file: Path) -> None:
    """Send an interruption to this process once *file* is there."""
    while not file.exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
