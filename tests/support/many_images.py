"""Projects with images of a registry that answers, and of one that does not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

GOOD: Final = 40
HANGING: Final = 20


@contextmanager
def serve_good() -> Iterator[str]:
    """Serve forty images, and yield the address without its scheme."""
    registry = MemoryRegistry()
    platforms = [Platform.parse("linux/amd64")]
    for number in range(GOOD):
        registry.push_image(f"team/app{number}", "1", platforms, salts=str(number))
    with serve(registry) as address:
        yield address.removeprefix("http://")


def hanging_first(bad: str, good: str) -> list[str]:
    """Return twenty images of the host *bad*, and then the forty of *good*."""
    names = [f"{bad}/team/app{n}" for n in range(HANGING)]
    return [*names, *(f"{good}/team/app{n}" for n in range(GOOD))]


def compose(project: Path, images: Iterable[str], settings: str = "") -> None:
    services = "".join(f"  s{n}: {{image: '{i}:1'}}\n" for n, i in enumerate(images))
    (project / "compose.yaml").write_text(f"services:\n{services}")
    (project / "imagelock.toml").write_text(
        f'{settings}\nplatforms = ["linux/amd64"]\n'
    )


def count_locked(project: Path) -> int:
    path = project / "images.lock"
    return path.read_text().count("[[image]]") if path.exists() else 0
