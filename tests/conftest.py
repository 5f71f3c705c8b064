from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from hypothesis import HealthCheck, settings

from imagelock.cli import main
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.platform import Platform
from tests.oracles.counts import lines as oracle_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import FrameType

# How fast the machine is decides no test.
settings.register_profile(
    "imagelock",
    settings.default,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("imagelock")

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
IMAGES = {
    "library/nginx": "1.27",
    "library/redis": "7",
    "library/python": "3.12-slim",
    "acme/side": "v2",
}


KEEP = {
    "PATH",
    "PYTHONPATH",
    "LANG",
    "TMPDIR",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
}


class Result(NamedTuple):
    """What a shell would see."""

    exit_code: int
    out: str
    err: str

    def __str__(self) -> str:
        parts = {"stdout": self.out, "stderr": self.err}
        text = "".join(f"----- {k} -----\n{v}" for k, v in parts.items() if v)
        return f"exit code: {self.exit_code}\n{text}"


class Run(Protocol):
    def __call__(self, *arguments: str) -> Result: ...


@contextmanager
def started(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a program whose output is captured, and kill it in the end."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the oracles counted."""
    outcomes = (
        terminalreporter.getreports("passed"),
        terminalreporter.getreports("failed"),
    )
    counts = list(oracle_counts(p for r in chain(*outcomes) for p in r.user_properties))
    if counts:
        terminalreporter.section("oracles")
        for line in counts:
            terminalreporter.line(line)


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> Iterator[None]:
    """Let the programs that tests start handle SIGINT as usual.

    A program inherits that SIGINT is ignored, as under `nohup`, but not a handler.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        yield
        return

    def ignore(_number: int, _frame: FrameType | None) -> None:
        """Do what was asked of this process."""

    signal.signal(signal.SIGINT, ignore)
    yield
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.fixture(autouse=True)
def nobodys_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No test sees the credentials, proxies or settings of whoever runs it."""
    for name in set(os.environ) - KEEP:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    # Else `/run/containers` of this machine counts.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def imagelock(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the real command line in this process."""

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        out, err = capsys.readouterr()
        return Result(int(exit_.value.code or 0), out, err)

    return run


@pytest.fixture
def hub() -> MemoryRegistry:
    registry = MemoryRegistry()
    for repository, tag in IMAGES.items():
        registry.push_image(repository, tag, [AMD64, ARM64], salts=repository)
    return registry


@pytest.fixture
def address(hub: MemoryRegistry) -> Iterator[str]:
    with serve(hub) as address:
        yield address
