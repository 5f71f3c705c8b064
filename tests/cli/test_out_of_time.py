"""A run whose time is too short says so once, and the next one goes on."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.demo.registry import MemoryRegistry
from tests.conftest import AMD64

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Run

IMAGES: Final = 120
LATE: Final = re.compile(
    r"ran out of time after 2 s: (\d+) of (\d+) images were not asked for"
)


class Slow(ThreadingHTTPServer):
    """A registry that takes half a second for each answer, until `is_fast`."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self) -> None:
        self.registry = MemoryRegistry()
        self.is_fast = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Slow
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self.server.is_fast.wait(0.5)
        answer = self.server.registry.handle(
            self.command, self.path, dict(self.headers), b"", scheme="http"
        )
        self.send_response(answer.status)
        length = {"Content-Length": str(len(answer.body))}
        for name, value in (length | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    do_HEAD = do_GET  # noqa: N815 - the name that the server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Print nothing."""


@contextmanager
def serving() -> Iterator[Slow]:
    with Slow() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def slow(project: Path) -> Iterator[Slow]:
    """A slow registry, with all images that the project names."""
    with serving() as server:
        for number in range(IMAGES):
            server.registry.push_image(f"team/app{number}", "1", [AMD64])
        services = "".join(
            f"  s{n}: {{image: '{server.address}/team/app{n}:1'}}\n"
            for n in range(IMAGES)
        )
        (project / "compose.yaml").write_text(f"services:\n{services}")
        settings = 'platforms = ["linux/amd64"]\n'
        (project / "imagelock.toml").write_text(settings)
        yield server


def locked(project: Path) -> int:
    return (project / "images.lock").read_text().count("[[image]]")


def locked_numbers(project: Path) -> set[int]:
    names = re.findall(r"/app([0-9]+):1", (project / "images.lock").read_text())
    return set(map(int, names))


def test_lock_says_it_once_and_the_next_run_goes_on(
    project: Path, imagelock: Run, slow: Slow
) -> None:
    first = imagelock("lock", "--timeout", "2")

    assert first.exit_code == 3
    (late,) = LATE.findall(first.err)
    before = locked_numbers(project)
    got = len(before)
    assert late == (str(IMAGES - got), str(IMAGES))
    assert 0 < got < IMAGES
    assert first.err.count("error:") == 1
    assert "hint: run it again to go on from there, or raise `--timeout`" in first.err

    slow.is_fast.set()
    slow.registry.log.clear()
    second = imagelock("lock")

    assert second.exit_code == 0
    assert locked(project) == IMAGES
    asked = {entry.split("/")[-3] for entry in slow.registry.log}
    assert not asked & {f"app{number}" for number in before}


def test_json_of_lock_names_each_image(
    project: Path, imagelock: Run, slow: Slow
) -> None:
    result = imagelock("lock", "--timeout", "2", "--format", "json")

    assert result.exit_code == 3
    failures = json.loads(result.out)["failures"]
    assert len(failures) == IMAGES - locked(project)
    assert all("ran out of time" in failure["message"] for failure in failures)


def test_verify_has_one_finding(project: Path, imagelock: Run, slow: Slow) -> None:
    slow.is_fast.set()
    assert imagelock("lock").exit_code == 0
    slow.is_fast.clear()

    text = imagelock("verify", "--timeout", "2")
    document = json.loads(imagelock("verify", "--timeout", "2", "--format", "json").out)

    assert text.exit_code == 3
    ((late, asked),) = LATE.findall(text.out)
    assert int(asked) == IMAGES
    assert f"{IMAGES - int(late)} images compared" in text.out
    assert f"{late} could not be checked" in text.out
    assert "hint: give it more seconds with `--timeout`" in text.out
    (finding,) = document["findings"]
    assert finding["rule"] == "could-not-check"
    assert finding["reference"] is None


@pytest.mark.parametrize("command", ["outdated", "update"])
def test_other_commands_say_it_once(
    project: Path, imagelock: Run, slow: Slow, command: str
) -> None:
    slow.is_fast.set()
    assert imagelock("lock").exit_code == 0
    slow.is_fast.clear()

    result = imagelock(command, "--timeout", "2")

    assert result.exit_code == 3
    assert len(LATE.findall(result.err)) == 1
    assert result.err.count("error:") == 1


def test_a_comment_on_a_change_says_it_once(
    project: Path, imagelock: Run, slow: Slow
) -> None:
    result = imagelock("lock", "--timeout", "2", "--format", "markdown")

    assert result.exit_code == 3
    assert len(LATE.findall(result.out)) == 1
    assert result.out.count("ran out of time") == 1
