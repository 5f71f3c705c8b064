"""Where the images of a generated project are written, and how its files are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Judgement, Skipped
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from imagelock.model.occurrence import Found, Place

    Owner = tuple[str, str]

EXPLAINED: Final = {Judgement.SKIPPED, Judgement.INVALID}
AROUND: Final = 3
"""Lines around a skipped value that may name its image: the keys beside it."""


@dataclass(frozen=True)
class Written:
    """The files below `root`, in which the last part of a name tells images apart.

    `owners` are, by these parts, formats and the starts of locations where an image is
    explained without its name.
    """

    root: Path
    images: set[str]
    owners: Mapping[str, Owner]

    def explained(self, found: Iterable[Found]) -> Iterator[tuple[str, str]]:
        """Yield the name of each image that is skipped where it is, and the reason."""
        for skipped in found:
            if isinstance(skipped, Skipped) and skipped.reason.judgement in EXPLAINED:
                for name in self._names_at(skipped.place):
                    yield name, skipped.reason.slug

    def files(self, image: str) -> Iterator[str]:
        """Yield the files that name *image*."""
        for path in sorted(path for path in self.root.rglob("*") if path.is_file()):
            if _has(path.read_text(encoding="utf-8"), base_name(image)):
                yield str(path.relative_to(self.root))

    def _names_at(self, place: Place) -> Iterator[str]:
        """Yield the names of the images that *place* belongs to, the nearest ones."""
        names = {base_name(image) for image in self.images}
        for name in names & self.owners.keys():
            owner, location = self.owners[name]
            if place.format == owner and place.location.startswith(location):
                yield name
        lines = (self.root / place.path).read_text(encoding="utf-8").splitlines()
        line = place.span.line - 1
        for distance in range(AROUND + 1):
            near = "\n".join(lines[max(0, line - distance) : line + distance + 1])
            if here := {name for name in names if _has(near, name)}:
                yield from here
                return


def identity(reference: Reference) -> str:
    """Return what decides which image is pulled: a digest, or else the tag."""
    return str(replace(reference, tag=None) if reference.digest else reference)


def base_name(image: str) -> str:
    """Return the last part of the name of *image*."""
    return Reference.parse(image).repository.rpartition("/")[2]


def _has(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def contents(root: Path) -> str:
    """Return all files below *root* as text."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return "\n".join(
        f"--- {path.relative_to(root)}\n{path.read_text(encoding='utf-8')}"
        for path in files
    )


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write the *files* of a project below *root*, and return *root*."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return root
