"""A host that is silent costs one timeout, and a run that ends early loses nothing."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.conftest import started
from tests.support.many_images import (
    GOOD,
    HANGING,
    compose,
    count_locked,
    hanging_first,
)
from tests.support.slow import serve_slowly, silent

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run


def test_a_host_that_never_answered_is_asked_once(
    project: Path, imagelock: Run, good: str
) -> None:
    with serve_slowly(silent) as bad:
        compose(project, hanging_first(bad.address, good), "request-timeout = 1")
        result = imagelock("lock")

    assert result.exit_code == 3
    assert count_locked(project) == GOOD
    cause = f"error: `{bad.address}`: it did not answer in time ({HANGING} images)\n"
    assert result.err.count(cause) == 1
    assert bad.asked == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_keeps_what_was_locked(
    project: Path, imagelock: Run, good: str, number: signal.Signals
) -> None:
    with serve_slowly(silent) as bad:
        compose(project, hanging_first(bad.address, good))
        program = [sys.executable, "-c", "from imagelock.cli import run; run()"]
        with started([*program, "-vv", "lock"]) as running:
            assert running.stderr
            answered = 0
            while answered < GOOD:
                line = running.stderr.readline()
                answered += " 200 " in line and "/manifests/" in line
            running.send_signal(number)
            _, error = running.communicate(timeout=20)

    assert running.returncode == 128 + number
    assert "interrupted" in error
    # The last answers may not have been noted yet.
    assert f"note: {count_locked(project)} images are locked: run it again" in error


@pytest.mark.slow
def test_a_run_that_is_killed_keeps_what_was_locked(project: Path, good: str) -> None:
    with serve_slowly(silent) as bad:
        compose(project, hanging_first(bad.address, good))
        program = [sys.executable, "-c", "from imagelock.cli import run; run()"]
        with started([*program, "lock"]) as running:
            end = time.monotonic() + 60
            while count_locked(project) < GOOD and time.monotonic() < end:
                time.sleep(0.2)
            running.kill()
            running.wait(20)

    assert count_locked(project) == GOOD


def test_an_interruption_of_update_writes_nothing(
    project: Path, imagelock: Run, good: str
) -> None:
    with serve_slowly(silent) as bad:
        compose(project, hanging_first(bad.address, good), "request-timeout = 1")
        assert imagelock("lock").exit_code == 3
        before = (project / "images.lock").read_bytes()
        compose(project, hanging_first(bad.address, good))
        program = [sys.executable, "-c", "from imagelock.cli import run; run()"]
        with started([*program, "-vv", "update"]) as running:
            assert running.stderr
            while " 200 " not in running.stderr.readline():
                pass
            running.send_signal(signal.SIGINT)
            _, error = running.communicate(timeout=20)

    assert running.returncode == 130
    assert "note:" not in error
    assert (project / "images.lock").read_bytes() == before
