"""What imagelock finds in a project, judged by what a real program pulls.

An image that is pulled has to be found with the same value, or be skipped at its place
with a reason. An image that is found has to be pulled, except where imagelock finds more
by design: an oracle names these cases with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from imagelock import Project
from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Judgement, Occurrence, Skipped
from imagelock.model.reference import Reference
from tests.oracles.written import Written, base_name, contents, identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from imagelock.model.occurrence import Found
    from tests.oracles.written import Owner

    ByDesign = Callable[[Occurrence], str | None]

NO_OWNERS: Final[Mapping[str, Owner]] = {}
SHOWN: Final = 10
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
        owners: Mapping[str, Owner] = NO_OWNERS,
    ) -> None:
        """Judge the project at *root*, from which a program pulls the images *pulled*.

        *name* is that of the input in failures. *by_design* returns why an image is
        found that no run pulls. *owners* are places where images are explained without
        their names, as in `Written`.
        """
        self._count("inputs")
        found = [row.found for row in Project.open(root, environment={}).references()]
        references = set(self._references(pulled))
        wrong = [
            *self._missed(Written(root, references, owners), found),
            *self._false(references, found, by_design),
            *_unreadable(found),
        ]
        if wrong:
            self._wrong.append("\n".join([f"===== {name}", *wrong, contents(root)]))

    def _references(self, pulled: Iterable[str]) -> Iterator[str]:
        for image in set(pulled):
            try:
                yield identity(Reference.parse(image))
            except InvalidReferenceError:
                self._count("refused by registries")

    def check(self) -> None:
        """Fail if something was wrong, or if nothing was compared."""
        if self._wrong:
            shown = "\n".join(self._wrong[:SHOWN])
            pytest.fail(f"{len(self._wrong)} inputs differ:\n{shown}", pytrace=False)
        assert self.counts["agree"]

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def _missed(self, written: Written, found: list[Found]) -> Iterator[str]:
        locked = {identity(f.reference) for f in found if isinstance(f, Occurrence)}
        reasons = dict(written.explained(found))
        for image in sorted(written.images):
            if image in locked:
                self._count("agree")
            elif reason := reasons.get(base_name(image)):
                self._count(f"skipped: {reason}")
            else:
                self._count("missed")
                yield f"missed: {image}, named in {', '.join(written.files(image))}"

    def _false(
        self, pulled: set[str], found: list[Found], by_design: ByDesign
    ) -> Iterator[str]:
        for occurrence in found:
            if (
                not isinstance(occurrence, Occurrence)
                or identity(occurrence.reference) in pulled
            ):
                continue
            if reason := by_design(occurrence):
                self._count(f"by design: {reason}")
            else:
                self._count("false")
                yield f"false: {occurrence.reference} at {occurrence.place.label}"


def _unreadable(found: Iterable[Found]) -> Iterator[str]:
    for skipped in found:
        if isinstance(skipped, Skipped) and (
            skipped.reason.judgement is Judgement.UNREADABLE
        ):
            yield f"unreadable: {skipped.place.label}: {skipped.detail}"
