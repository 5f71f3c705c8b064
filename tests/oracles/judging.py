"""What imagelock finds in a project, judged by what a real program pulls.

An image that is pulled has to be found with the same value, or be skipped at its place
with a reason. An image that is found has to be pulled, except where imagelock finds more
by design: an oracle names these cases with the reason.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from imagelock import Project
from imagelock.model.occurrence import Judgement, Occurrence, Skipped
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from imagelock.model.occurrence import Found, Place

    ByDesign = Callable[[Occurrence], str | None]

EXPLAINED: Final = {Judgement.SKIPPED, Judgement.INVALID}
AROUND: Final = 3
"""Lines around a skipped value that may name its image: the keys beside it."""
SHOWN: Final = 3
"""Inputs with a fault that a failure shows."""


class Tally:
    """The counts of an oracle, and everything that is wrong.

    `counts` has `inputs`, of which `refused` are refused by the real program and not
    compared; of the images that are pulled, those that `agree`, are `skipped` with a
    reason or `missed`; and of those that are not pulled, the ones that are found
    `by design`, or are `false`.
    """

    def __init__(self) -> None:
        # Plain types, as they go from a worker of pytest to the process that prints.
        self.counts: dict[str, int] = {}
        self._wrong: list[str] = []

    def refuse(self) -> None:
        """Count an input that the real program refuses."""
        self._count("inputs")
        self._count("refused")

    def compare(
        self,
        name: str,
        root: Path,
        pulled: Iterable[str],
        by_design: ByDesign = lambda _: None,
    ) -> None:
        """Judge the project at *root*, from which a program pulls the images *pulled*.

        *name* is that of the input in failures. *by_design* returns why an image is
        found that no run pulls.
        """
        self._count("inputs")
        found = [row.found for row in Project.open(root, environment={}).references()]
        references = {str(Reference.parse(image)) for image in pulled}
        wrong = [
            *self._missed(root, references, found),
            *self._false(references, found, by_design),
            *_unreadable(found),
        ]
        if wrong:
            self._wrong.append("\n".join([f"===== {name}", *wrong, contents(root)]))

    def check(self) -> None:
        """Fail if something was wrong, or if nothing was compared."""
        if self._wrong:
            shown = "\n".join(self._wrong[:SHOWN])
            pytest.fail(f"{len(self._wrong)} inputs differ:\n{shown}", pytrace=False)
        assert self.counts["agree"]

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def _missed(
        self, root: Path, pulled: set[str], found: list[Found]
    ) -> Iterator[str]:
        locked = {str(f.reference) for f in found if isinstance(f, Occurrence)}
        for image in sorted(pulled):
            if image in locked:
                self._count("agree")
            elif reason := explanation(root, image, found):
                self._count(f"skipped: {reason}")
            else:
                self._count("missed")
                yield f"missed: {image}, named in {', '.join(_files_with(root, image))}"

    def _false(
        self, pulled: set[str], found: list[Found], by_design: ByDesign
    ) -> Iterator[str]:
        for occurrence in found:
            if (
                not isinstance(occurrence, Occurrence)
                or str(occurrence.reference) in pulled
            ):
                continue
            if reason := by_design(occurrence):
                self._count(f"by design: {reason}")
            else:
                self._count("false")
                yield f"false: {occurrence.reference} at {occurrence.place.label}"


def explanation(root: Path, image: str, found: Iterable[Found]) -> str | None:
    """Return the reason with which *image* is skipped where it is written, if it is.

    The last part of the name tells the images of a project apart.
    """
    for skipped in found:
        if (
            isinstance(skipped, Skipped)
            and skipped.reason.judgement in EXPLAINED
            and _names(_around(root, skipped.place), image)
        ):
            return skipped.reason.slug
    return None


def _names(text: str, image: str) -> bool:
    name = re.escape(base_name(image))
    return re.search(rf"(?<![\w-]){name}(?![\w-])", text) is not None


def _files_with(root: Path, image: str) -> Iterator[str]:
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if _names(path.read_text(encoding="utf-8"), image):
            yield str(path.relative_to(root))


def base_name(image: str) -> str:
    """Return the last part of the name of *image*."""
    return Reference.parse(image).repository.rpartition("/")[2]


def _around(root: Path, place: Place) -> str:
    lines = (root / place.path).read_text(encoding="utf-8").splitlines()
    line = place.span.line - 1
    return "\n".join(lines[max(0, line - AROUND) : line + AROUND + 1])


def _unreadable(found: Iterable[Found]) -> Iterator[str]:
    for skipped in found:
        if isinstance(skipped, Skipped) and (
            skipped.reason.judgement is Judgement.UNREADABLE
        ):
            yield f"unreadable: {skipped.place.label}: {skipped.detail}"


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
