"""What a run of `lock` writes before it is complete."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from imagelock.cli import main
from imagelock.cli.session import Session
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from tests.conftest import AMD64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Run


@pytest.fixture
def three(project: Path) -> Iterator[MemoryRegistry]:
    """A registry with the three images of the project."""
    registry = MemoryRegistry()
    for name in "abc":
        registry.push_image(f"team/{name}", "1", [AMD64], salts=name)
    with serve(registry) as url:
        host = url.removeprefix("http://")
        services = "".join(f"  {n}: {{image: '{host}/team/{n}:1'}}\n" for n in "abc")
        (project / "compose.yaml").write_text(f"services:\n{services}")
        (project / "imagelock.toml").write_text('platforms = ["linux/amd64"]\n')
        yield registry


def locked(project: Path) -> int:
    path = project / "images.lock"
    return path.read_text().count("[[image]]") if path.exists() else 0


@pytest.fixture
def interrupted_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Interrupt the next runs when so many answers are there."""
    return partial(_interrupt_after, monkeypatch)


def _interrupt_after(monkeypatch: pytest.MonkeyPatch, count: int) -> None:

    @contextmanager
    def progress(*_: object) -> Iterator[Callable[[], None]]:
        calls = iter(range(1, 10))

        def advance() -> None:
            if next(calls) == count:
                raise KeyboardInterrupt

        yield advance

    monkeypatch.setattr(Session, "progress", progress)


def test_a_run_that_saved_early_ends_like_any_other(
    project: Path,
    imagelock: Run,
    three: MemoryRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("imagelock.commands.resolve._BETWEEN_SAVES", 0.0)

    result = imagelock("lock")

    assert result.exit_code == 0
    assert "3 images locked, 3 changes" in result.out
    assert locked(project) == 3
    assert imagelock("lock").out == "3 images locked, nothing changed\n"


@pytest.mark.parametrize(
    ("count", "sentence"), [(1, "1 image is locked"), (2, "2 images are locked")]
)
def test_an_interruption_says_what_is_saved(
    project: Path,
    three: MemoryRegistry,
    interrupted_after: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
    count: int,
    sentence: str,
) -> None:
    interrupted_after(count)
    with pytest.raises(KeyboardInterrupt):
        main(["lock"])

    error = capsys.readouterr().err
    assert f"note: {sentence}: run it again to go on" in error
    assert locked(project) == count


def test_a_check_saves_nothing(
    project: Path,
    three: MemoryRegistry,
    interrupted_after: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    interrupted_after(2)

    with pytest.raises(KeyboardInterrupt):
        main(["lock", "--check"])

    assert "note:" not in capsys.readouterr().err
    assert locked(project) == 0
