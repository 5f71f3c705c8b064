"""Projects with images of a registry that answers, and of one that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GOOD: Final = 40
HANGING: Final = 20


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
