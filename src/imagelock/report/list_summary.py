"""The images of a project as a table, each once: `list --summary`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.report.listing import is_internal, shown_name
from imagelock.report.style import Style, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.list import ReferenceStatus

_HEAD: Final = ("IMAGE", "DIGEST", "PLACES", "FILE")
_NOT_LOCKED: Final = "not locked"


@dataclass(slots=True)
class _Uses:
    """The number of places that name an image, and their files in their order."""

    places: int = 0
    files: dict[PurePosixPath, None] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """The first file, and how many more there are."""
        path, *others = self.files
        return printable(str(path)) + (f" and {len(others)} more" if others else "")


def format_summary(rows: Sequence[ReferenceStatus], *, style: Style) -> str:
    """Return a line for each image of *rows*, and how many places were skipped, and why.

    Images that are not locked come first, then all by name.
    """
    uses: dict[tuple[bool, str, str], _Uses] = {}
    for row in rows:
        if isinstance(row.found, Occurrence):
            digest = row.digest.abbreviated if row.digest else _NOT_LOCKED
            key = row.digest is not None, shown_name(row), digest
            use = uses.setdefault(key, _Uses())
            use.places += 1
            use.files[row.found.place.path] = None
    lines = [
        (name, digest, str(use.places), use.first)
        for (_, name, digest), use in sorted(uses.items(), key=lambda item: item[0])
    ]
    return "".join([*_table(lines, style), *_skipped(rows, style)])


def _table(lines: Sequence[tuple[str, ...]], style: Style) -> Iterator[str]:
    if not lines:
        return
    widths = [max(map(len, column)) for column in zip(_HEAD, *lines, strict=True)]
    yield f"{style.bold(_line(_HEAD, widths))}\n"
    for cells in lines:
        text = _line(cells, widths)
        yield f"{style.red(text) if cells[1] == _NOT_LOCKED else text}\n"


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return "   ".join(padded).rstrip()


def _skipped(rows: Iterable[ReferenceStatus], style: Style) -> Iterator[str]:
    """Yield the number of places that are no reference, by their reasons."""
    reasons = Counter(
        (row.status, row.found.reason.slug)
        for row in rows
        if isinstance(row.found, Skipped) and not is_internal(row.found)
    )
    for status in ("invalid", "skipped", "ignored"):
        counts = {slug: n for (kind, slug), n in reasons.items() if kind == status}
        if not counts:
            continue
        each = ", ".join(f"{n} {slug}" for slug, n in sorted(counts.items()))
        detail = "" if status == "ignored" else f" ({each})"
        text = f"{plural(sum(counts.values()), 'place')} {status}{detail}"
        yield f"{style.red(text) if status == 'invalid' else style.dim(text)}\n"
