"""A run whose time is too short says so once, and the next one goes on."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.demo.registry import MemoryRegistry
from tests.conftest import AMD64
from tests.support.faulty import Slow, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Run

IMAGES: Final = 120
LATE: Final = re.compile(
    r"ran out of time after 2 s: (\d+) of (\d+) images were not asked for"
)


@pytest.fixture
def slow(project: Path) -> Iterator[Slow]:
    """A slow registry, with all images that the project names."""
    with serving(Slow(MemoryRegistry())) as server:
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
