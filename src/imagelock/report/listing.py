"""Every reference of a project, for people and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Judgement, Occurrence, Reason, Skipped
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found


_WIDEST: Final = 60


@dataclass(frozen=True, slots=True)
class Row:
    """Something that was found, and the entry that the lock has for it.

    `held` is the pattern of the settings by which `update` leaves it.
    """

    found: Found
    image: Image | None
    held: str | None = None

    @property
    def digest(self) -> Digest | None:
        """The locked digest."""
        return self.image.digest if self.image else None

    @property
    def status(self) -> str:
        """`locked`, `not-locked`, `ignored`, `skipped` or `invalid`."""
        match self.found:
            case Occurrence():
                return "locked" if self.digest else "not-locked"
            case Skipped(reason=Reason.IGNORED):
                return "ignored"
            case Skipped(reason=reason):
                invalid = {Judgement.INVALID, Judgement.UNREADABLE}
                return "invalid" if reason.judgement in invalid else "skipped"


def text(rows: Sequence[Row], *, style: Style, internal: bool) -> str:
    """Return the rows grouped by file and aligned.

    *internal* also shows what is no image to lock, such as build stages.
    """
    by_file: dict[PurePosixPath, list[Row]] = {}
    for row in rows:
        if internal or not _is_internal(row.found):
            by_file.setdefault(row.found.place.path, []).append(row)
    return "\n".join(
        f"{style.bold(printable(str(path)))}\n{''.join(_lines(of_file, style))}"
        for path, of_file in by_file.items()
    )


def _is_internal(found: Found) -> bool:
    return isinstance(found, Skipped) and found.reason.judgement is Judgement.INTERNAL


def _lines(rows: Sequence[Row], style: Style) -> Iterator[str]:
    spans = [row.found.place.span for row in rows]
    places = [f"{span.line}:{span.column}" for span in spans]
    texts = [_shown(row.found) for row in rows]
    indent = max(map(len, places))
    width = min(max(map(len, texts)), _WIDEST)
    for row, place, shown in zip(rows, places, texts, strict=True):
        status = row.status
        paint = {
            "locked": style.green,
            "not-locked": style.red,
            "invalid": style.red,
            "ignored": style.dim,
            "skipped": style.dim,
        }[status]
        told = (
            f"  {paint(f'{status:<10}')}  {why}"
            if (why := _why(row))
            else f"  {paint(status)}"
        )
        yield f"  {place:<{indent}}  {shown:<{width}}{told}\n"


def _shown(found: Found) -> str:
    match found:
        case Occurrence(reference=reference):
            return reference.key.familiar
        case Skipped(place=place):
            return printable(" ".join(place.text.split())) or "-"


def _why(row: Row) -> str:
    match row.found:
        case Occurrence(variables=variables):
            digest = row.digest
            shown = digest.abbreviated if digest else ""
            names = ", ".join(printable(name) for name in variables)
            held = "  (held)" if row.held else ""
            return f"{shown}{f'  (by {names})' if names else ''}{held}".strip()
        case Skipped(reason=reason, detail=detail):
            return f"{reason.slug}: {printable(detail)}"
