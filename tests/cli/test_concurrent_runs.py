"""Two runs at once on one project do what they would do one after the other.

`IMAGELOCK_TEST_PAIRS` is the number of pairs; CI takes fewer than a release does.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from imagelock.commands.console import LoggingConsole
from imagelock.commands.editing import pin
from imagelock.commands.editing.apply_edits import prove_plan
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.project import exclusive_run as module
from imagelock.project.exclusive_run import exclusive_run
from tests.conftest import AMD64, ARM64, started
from tests.support.locked import save
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Run

    Pair = tuple[tuple[str, ...], tuple[str, ...]]

PAIRS_TO_RUN: Final = int(os.environ.get("IMAGELOCK_TEST_PAIRS", "7"))
IMAGES: Final = [f"team/app{number}" for number in range(30)]
NEW: Final = "team/added"
WRITING: Final = (
    ("lock",),
    ("update",),
    ("pin",),
    ("unpin",),
    ("import", "images.lock"),
)


@pytest.fixture
def shop(project: Path, imagelock: Run) -> Iterator[Path]:
    """A project that is locked and half pinned; then tags moved, and it has more."""
    registry = MemoryRegistry()
    for name in (*IMAGES, NEW):
        for tag in ("1", "2"):
            registry.push_image(name, tag, [AMD64, ARM64], salts=f"{name}{tag}")
    for number in range(6):
        text = "".join(f"FROM {name}:1\n" for name in IMAGES[number::6])
        (project / f"Dockerfile.{number}").write_text(text)
    (project / "Dockerfile.hand").write_text(f"FROM {NEW}:2\n")
    with serve(registry) as address:
        configure(project, address)
        assert imagelock("lock").exit_code == 0
        assert imagelock("pin", *(f"Dockerfile.{n}" for n in range(3))).exit_code == 0
        for name in IMAGES[::3]:
            registry.push_image(name, "1", [AMD64, ARM64], salts=f"{name} moved")
        registry.push_image(NEW, "3", [AMD64, ARM64], salts="three")
        (project / "compose.yaml").write_text(
            f"services: {{a: {{image: '{NEW}:1'}}}}\n"
        )
        digest = registry.push_image(NEW, "9", [AMD64, ARM64], salts="imported")
        (project.parent / "Dockerfile.digests").write_text(f"FROM {NEW}:1@{digest}\n")
        yield project


PAIRS: Final[tuple[Pair, ...]] = (
    (("lock",), ("update",)),
    (("pin",), ("update",)),
    (("unpin",), ("update",)),
    (("lock",), ("pin",)),
    (("unpin", "Dockerfile.1"), ("pin", "Dockerfile.4")),
    (("import", "../Dockerfile.digests"), ("update",)),
    (("update", f"{NEW}=3"), ("unpin",)),
)


def content(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def start(root: Path, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "imagelock", *arguments],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def ended(run: subprocess.Popen[bytes]) -> int:
    output, _ = run.communicate(timeout=100)
    assert run.returncode in {0, 1}, output
    assert b"Traceback" not in output
    return run.returncode


@contextmanager
def copy(root: Path, name: str) -> Iterator[Path]:
    """Copy the project to a folder beside it, where relative paths are the same."""
    folder = root.parent / name
    shutil.copytree(root, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0][0]} {pair[1][0]}")
def test_two_runs_at_once_undo_nothing(shop: Path, pair: Pair) -> None:
    in_turn = []
    for first, second in (pair, pair[::-1]):
        with copy(shop, "copy") as folder:
            codes = {first: ended(start(folder, first))}
            codes[second] = ended(start(folder, second))
            in_turn.append((codes, content(folder)))
    share = -(-PAIRS_TO_RUN // len(PAIRS))
    for _ in range(share):
        with copy(shop, "copy") as folder:
            runs = {arguments: start(folder, arguments) for arguments in pair}
            codes = {arguments: ended(run) for arguments, run in runs.items()}
            assert (codes, content(folder)) in in_turn


def test_who_comes_second_waits_and_says_so(
    project: Path,
) -> None:
    (project / "compose.yaml").write_text("services: {}\n")
    with exclusive_run(project, LoggingConsole().notice):
        other = start(project, ("lock",))
        assert other.stdout
        line = other.stdout.readline()
        assert other.poll() is None

    assert line == b"waiting for another imagelock that writes in this project\n"
    assert ended(other) == 0


def test_the_wait_has_an_end(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.2)
    with exclusive_run(project, LoggingConsole().notice):
        results = [imagelock(*arguments) for arguments in WRITING]

    for result in results:
        assert result.exit_code == 2, result
        assert "another imagelock has been writing in this project" in result.err
    assert imagelock("lock").exit_code == 0


def test_who_only_reads_does_not_wait(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text("services: {}\n")
    with exclusive_run(project, LoggingConsole().notice):
        for arguments in (
            ("verify", "--offline"),
            ("list",),
            ("lock", "--check"),
            ("update", "--dry-run"),
            ("pin", "--check"),
            ("unpin", "--diff"),
        ):
            assert imagelock(*arguments).exit_code == 0, arguments


def test_a_killed_run_holds_nobody_up(project: Path, imagelock: Run) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from imagelock.project.exclusive_run import exclusive_run\n"
        "with exclusive_run(Path.cwd(), print): print(flush=True); time.sleep(60)\n"
    )
    with started([sys.executable, "-c", program]) as holder:
        assert holder.stdout
        holder.stdout.readline()
        holder.kill()
        holder.wait()

    assert "waiting" not in imagelock("lock").err


def test_a_file_system_without_locks_is_a_note(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> bool:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(module, "try_lock", refuse)
    result = imagelock("lock")

    assert result.exit_code == 0
    assert "note: this folder cannot be locked" in result.err


def test_nothing_is_left_of_a_lock_in_the_project(
    project: Path, imagelock: Run
) -> None:
    (project / "compose.yaml").write_text("services: {}\n")
    imagelock("lock")

    assert [path.name for path in project.iterdir()] == ["compose.yaml"]


def test_a_file_that_changes_meanwhile_is_not_overwritten(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1}}\n")
    save(project, "nginx:1")
    edited = "services: {a: {image: nginx:1}} # edited\n"

    def plan_and_edit(*arguments: Any) -> Any:  # noqa: ANN401 - passed through
        rewrite = prove_plan(*arguments)
        (project / "compose.yaml").write_text(edited)
        return rewrite

    monkeypatch.setattr(pin, "prove_plan", plan_and_edit)
    result = imagelock("pin")

    assert result.exit_code == 2
    assert "`compose.yaml` changed while imagelock ran" in result.err
    assert (project / "compose.yaml").read_text() == edited
