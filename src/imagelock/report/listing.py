"""Every reference of a project as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Judgement, Occurrence, Skipped
from imagelock.report.style import Style, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.list import ReferenceStatus
    from imagelock.model.occurrence import Found


_WIDEST: Final = 60


def format_references(
    rows: Sequence[ReferenceStatus], *, style: Style, internal: bool
) -> str:
    """Return the rows grouped by file and aligned.

    With *internal*, names that are not images, such as build stages, are included.
    """
    by_file: dict[PurePosixPath, list[ReferenceStatus]] = {}
    for row in rows:
        if internal or not _is_internal(row.found):
            by_file.setdefault(row.found.place.path, []).append(row)
    return "\n".join(
        f"{style.bold(printable(str(path)))}\n{''.join(_lines(file_rows, style))}"
        for path, file_rows in by_file.items()
    )


def format_not_read(guesses: int, commands: int) -> str:
    """Return notes about *guesses* and *commands* that the settings do not allow."""
    counts = {"guesses = true": guesses, "[sources.shell]": commands}
    return "".join(
        f"note: {plural(count, 'more reference')} would be found with `{setting}`\n"
        for setting, count in counts.items()
        if count
    )


def _is_internal(found: Found) -> bool:
    return isinstance(found, Skipped) and found.reason.judgement is Judgement.INTERNAL


def _lines(rows: Sequence[ReferenceStatus], style: Style) -> Iterator[str]:
    spans = [row.found.place.span for row in rows]
    places = [f"{span.line}:{span.column}" for span in spans]
    texts = [_name(row) for row in rows]
    indent = max(map(len, places))
    width = min(max(map(len, texts)), _WIDEST)
    for row, place, name in zip(rows, places, texts, strict=True):
        status = row.status
        paint = {
            "locked": style.green,
            "not-locked": style.red,
            "invalid": style.red,
            "ignored": style.dim,
            "skipped": style.dim,
        }[status]
        if detail := _detail(row):
            text = f"{paint(f'{status:<10}')}  {detail}"
        else:
            text = paint(status)
        yield f"  {place:<{indent}}  {name:<{width}}  {text}\n"


def _name(row: ReferenceStatus) -> str:
    match row.found:
        case Occurrence() as found if row.image is None and found.as_written:
            return printable(found.as_written)
        case Occurrence(reference=reference):
            return reference.key.familiar
        case Skipped(place=place):
            return printable(" ".join(place.text.split())) or "-"


def _detail(row: ReferenceStatus) -> str:
    match row.found:
        case Occurrence(variables=variables):
            digest = row.digest
            locked = digest.abbreviated if digest else ""
            names = ", ".join(printable(name) for name in variables)
            held = "  (held)" if row.held else ""
            return f"{locked}{f'  (by {names})' if names else ''}{held}".strip()
        case Skipped(reason=reason, detail=detail):
            return f"{reason.slug}: {printable(detail)}"
