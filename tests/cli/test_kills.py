"""Runs that are killed leave every file old or new, and the next run ends the work.

`IMAGELOCK_TEST_KILLS` is the number of kills; CI takes fewer than a release does.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.project.atomic_write import is_temporary
from imagelock.project.discovery import FileSelection, discover
from tests.conftest import AMD64, ARM64
from tests.support.killing import Killer, killer
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Run

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork"),
    pytest.mark.slow,
    pytest.mark.timeout(3600),
]
KILLS: Final = int(os.environ.get("IMAGELOCK_TEST_KILLS", "18"))
FILES: Final = 8
IMAGES: Final = [f"team/app{number}" for number in range(24)]


@dataclass(frozen=True)
class Shop:
    """A project of many files, whose registry is in this process."""

    root: Path
    registry: MemoryRegistry
    imagelock: Run

    def done(self, *arguments: str) -> None:
        result = self.imagelock(*arguments)
        assert result.exit_code == 0, result

    def move_tags(self) -> None:
        for name in IMAGES[::2]:
            self.registry.push_image(name, "1", [AMD64, ARM64], salts=f"{name} new")


@pytest.fixture
def shop(project: Path, imagelock: Run) -> Iterator[Shop]:
    registry = MemoryRegistry()
    for name in IMAGES:
        registry.push_image(name, "1", [AMD64, ARM64], salts=name)
    for number in range(FILES):
        names = IMAGES[number::FILES]
        text = "".join(f"FROM {name}:1 AS s{n}\n" for n, name in enumerate(names))
        folder = project / f"app{number}"
        folder.mkdir()
        (folder / "Dockerfile").write_text(text)
    with serve(registry) as address:
        configure(project, address)
        yield Shop(project, registry, imagelock)


def before_lock(_shop: Shop) -> None:
    """Nothing is locked."""


def before_update(shop: Shop) -> None:
    shop.done("lock")
    shop.move_tags()


def before_update_with_pins(shop: Shop) -> None:
    shop.done("lock")
    shop.done("pin")
    shop.move_tags()


def before_pin(shop: Shop) -> None:
    shop.done("lock")


def before_unpin(shop: Shop) -> None:
    shop.done("lock")
    shop.done("pin")


def before_merge(shop: Shop) -> None:
    """Let two branches lock different images."""
    lockfile = shop.root / "images.lock"
    for name, files in {"base": 2, "ours": 4, "theirs": 6}.items():
        kept = [f"app{number}/Dockerfile" for number in range(files)]
        shop.done("lock", *kept)
        lockfile.rename(shop.root / f"{name}.lock")


SCENARIOS: Final[dict[str, tuple[Callable[[Shop], None], tuple[str, ...]]]] = {
    "lock": (before_lock, ("lock",)),
    "update": (before_update, ("update",)),
    "update with pins": (before_update_with_pins, ("update",)),
    "pin": (before_pin, ("pin",)),
    "unpin": (before_unpin, ("unpin",)),
    "merge driver": (
        before_merge,
        ("merge-driver", "base.lock", "ours.lock", "theirs.lock"),
    ),
}


def content(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not is_temporary(path.name)
    }


def restore(root: Path, state: dict[str, bytes]) -> None:
    for path in root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, data in state.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)


def leftovers(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if is_temporary(path.name)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_killed_run_leaves_whole_files_and_the_next_ends_its_work(
    shop: Shop, scenario: str
) -> None:
    prepare, arguments = SCENARIOS[scenario]
    prepare(shop)
    old = content(shop.root)
    chance = random.Random(scenario)  # noqa: S311 - not for secrets
    with killer() as runs:
        whole = runs.run(shop.root, *arguments)
        assert whole.exit_code == 0, whole
        new = content(shop.root)
        assert new != old
        killed = 0
        while killed < KILLS // len(SCENARIOS):
            restore(shop.root, old)
            killed += is_killed(runs, shop.root, arguments, whole.steps, chance)
            check_whole_files(shop.root, old, new)
            check_next_run(runs, shop.root, arguments, new)


def is_killed(
    runs: Killer,
    root: Path,
    arguments: tuple[str, ...],
    steps: int,
    chance: random.Random,
) -> bool:
    """Run it, and kill it at a random step, or at a random time each third run."""
    if chance.random() < 1 / 3:
        run = runs.run(root, *arguments, after=chance.uniform(0, 0.5))
    else:
        run = runs.run(root, *arguments, at_step=chance.randint(1, steps))
    return run.exit_code == -9


def check_whole_files(root: Path, old: dict[str, bytes], new: dict[str, bytes]) -> None:
    for name, data in content(root).items():
        assert data in {old.get(name), new.get(name)}, name
    read = discover(root, FileSelection()).files
    assert not [path for path in read if is_temporary(path.name)]
    for path in leftovers(root):
        os.utime(path, (1, 1))


def check_next_run(
    runs: Killer, root: Path, arguments: tuple[str, ...], new: dict[str, bytes]
) -> None:
    left = {path.parent for path in leftovers(root)}
    before = content(root)
    again = runs.run(root, *arguments)
    assert again.exit_code == 0, again
    assert content(root) == new
    written = {
        (root / name).parent for name, data in new.items() if before.get(name) != data
    }
    assert not {path.parent for path in leftovers(root)} & left & written


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("scenario", ["update with pins", "pin", "unpin"])
def test_a_run_that_is_ended_leaves_no_temporary_file(
    shop: Shop, scenario: str, number: signal.Signals
) -> None:
    prepare, arguments = SCENARIOS[scenario]
    prepare(shop)
    old = content(shop.root)
    chance = random.Random(f"{scenario}{number}")  # noqa: S311 - not for secrets
    with killer() as runs:
        whole = runs.run(shop.root, *arguments)
        new = content(shop.root)
        for _ in range(KILLS // 12):
            restore(shop.root, old)
            step = chance.randint(1, whole.steps)
            ended = runs.run(shop.root, *arguments, at_step=step, number=number)
            assert ended.exit_code in {128 + number, 0}, ended
            assert not leftovers(shop.root)
            check_whole_files(shop.root, old, new)
            check_next_run(runs, shop.root, arguments, new)
