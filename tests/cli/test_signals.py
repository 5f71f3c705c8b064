"""Ctrl-C and SIGTERM: at any moment a sentence, the right exit code, no traceback."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends no signals"
)
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
SENTENCE = "interrupted: no file is partially written\n"


@pytest.fixture(autouse=True)
def default_signals() -> Iterator[None]:
    """What is handled here has its default in a new process; what is ignored has not."""
    handlers = {
        number: signal.signal(number, signal.default_int_handler) for number in CODES
    }
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def waiting(project: Path) -> Iterator[Path]:
    """A project whose registry accepts connections and never answers."""
    (project / "compose.yaml").write_text("services: {web: {image: 'nginx:1.28'}}\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(project, f"http://127.0.0.1:{silent.getsockname()[1]}")
        yield project


def interrupted(
    number: signal.Signals, behind: str, imports: int, delay: float = 0
) -> tuple[int, str]:
    """Run `lock` and signal it; return the exit code, and stderr without imports.

    Python names each module that it has imported; *imports* more are waited for
    behind the module *behind*.
    """
    command = [sys.executable, "-X", "importtime", "-m", "imagelock", "lock"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr
        for line in running.stderr:
            if line.split("|")[-1].strip() == behind:
                break
        else:
            pytest.fail(f"{behind} was not imported")
        for _ in range(imports):
            running.stderr.readline()
        time.sleep(delay)
        running.send_signal(number)
        rest = running.stderr.readlines()
    return running.returncode, "".join(
        line for line in rest if not line.startswith("import time:")
    )


@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
@pytest.mark.parametrize("imports", [0, 1, 10, 50, 100, 200])
def test_a_signal_during_an_import(
    waiting: Path, number: signal.Signals, imports: int
) -> None:
    code, error = interrupted(number, "imagelock.cli.streams", imports)

    assert (code, error) == (CODES[number], SENTENCE)


def test_ctrl_c_before_signals_are_handled(waiting: Path) -> None:
    code, error = interrupted(signal.SIGINT, "imagelock.cli", 0)

    assert code == 130
    assert error in {SENTENCE, "interrupted\n"}


@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
@pytest.mark.parametrize("seed", range(6))
def test_a_signal_at_a_random_moment(
    waiting: Path, number: signal.Signals, seed: int
) -> None:
    delay = random.Random(seed).uniform(0, 0.8)  # noqa: S311 - not for secrets
    code, error = interrupted(number, "imagelock.cli.streams", 0, delay)

    assert (code, error) == (CODES[number], SENTENCE)
    assert {path.name for path in waiting.iterdir()} == {
        "compose.yaml",
        "imagelock.toml",
    }


def test_a_second_signal_ends_at_once(waiting: Path) -> None:
    program = """
import os, signal, sys
from imagelock.cli import signals
signals.handle()
signals.raise_interruptions()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    os.kill(os.getpid(), signal.SIGTERM)
sys.exit("not reached")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (143, SENTENCE)


def test_an_interruption_that_python_would_drop_ends_the_process() -> None:
    program = """
import os, signal, sys
from imagelock.cli import signals
class Dropped:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
signals.handle()
signals.raise_interruptions()
Dropped()
sys.exit("not reached")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (130, SENTENCE)


def test_what_is_ignored_stays_ignored() -> None:
    program = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
from imagelock.cli import signals
signals.handle()
signal.raise_signal(signal.SIGINT)
signal.raise_signal(signal.SIGTERM)
print("went on")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n", "")


def test_an_interruption_that_became_another_error_ends_the_same_way(
    project: Path,
) -> None:
    program = """
import os, signal
from imagelock import cli
from imagelock.cli import signals
def broken(arguments=None):
    signals.raise_interruptions()
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except KeyboardInterrupt as error:
        raise RuntimeError("Error calling __set_name__") from error
cli.main = broken
cli.run()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (143, SENTENCE)
