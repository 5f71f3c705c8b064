"""Every reference of a project as text for the terminal."""

from __future__ import annotations

from collections import Counter

from imagelock.commands.list import STATUSES
from imagelock.light_typing import TYPE_CHECKING, Final
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
    """Return the rows grouped by file and aligned, and their total if files are several.

    With *internal*, names that are not images, such as build stages, are included.
    Locked artifacts that are no container images are behind the others.
    """
    shown = [row for row in rows if internal or not is_internal(row.found)]
    artifacts = [row for row in shown if _artifact_type(row)]
    images = [row for row in shown if not _artifact_type(row)]
    heading = f"{style.bold('Artifacts that are no container images')}\n\n"
    parts = [_by_file(images, style), _total(shown)]
    if artifacts:
        parts.insert(1, heading + _by_file(artifacts, style))
    return "\n".join(filter(None, parts))


def _total(rows: Sequence[ReferenceStatus]) -> str:
    """Return how many places have which status; nothing if one file has all."""
    files = len({row.found.place.path for row in rows})
    if files < 2:  # noqa: PLR2004 - several
        return ""
    counts = Counter(row.status for row in rows)
    kinds = ", ".join(
        f"{counts[status]} {status}" for status in STATUSES if counts[status]
    )
    return f"{plural(len(rows), 'place')} in {files} files: {kinds}\n"


def _by_file(rows: Sequence[ReferenceStatus], style: Style) -> str:
    by_file: dict[PurePosixPath, list[ReferenceStatus]] = {}
    for row in rows:
        by_file.setdefault(row.found.place.path, []).append(row)
    return "\n".join(
        f"{style.bold(printable(str(path)))}\n{''.join(_lines(file_rows, style))}"
        for path, file_rows in by_file.items()
    )


def _artifact_type(row: ReferenceStatus) -> str | None:
    return row.image.artifact_type if row.image else None


def format_not_read(guesses: int, commands: int, charts: int) -> str:
    """Return notes about references that the settings do not allow, by their counts."""
    counts = {
        "guesses = true": guesses,
        "[sources.shell]": commands,
        "charts = true": charts,
    }
    return "".join(
        f"note: {plural(count, 'more reference')} would be found with `{setting}`\n"
        for setting, count in counts.items()
        if count
    )


def is_internal(found: Found) -> bool:
    """Return whether *found* is no image, but named like it: a stage, an alias."""
    return isinstance(found, Skipped) and found.reason.judgement is Judgement.INTERNAL


def _lines(rows: Sequence[ReferenceStatus], style: Style) -> Iterator[str]:
    spans = [row.found.place.span for row in rows]
    places = [f"{span.line}:{span.column}" for span in spans]
    texts = [shown_name(row) for row in rows]
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


def shown_name(row: ReferenceStatus) -> str:
    """Return what *row* is called: the image, or the text in the file."""
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
            by = f"  (by {names})" if names else ""
            return f"{locked}{_kind(row)}{by}{held}".strip()
        case Skipped(reason=reason, detail=detail):
            return f"{reason.slug}: {printable(detail)}"


def _kind(row: ReferenceStatus) -> str:
    if (artifact_type := _artifact_type(row)) is None:
        return ""
    from imagelock.model.artifact_kind import artifact_kind  # few have one

    return f"  {printable(artifact_kind(artifact_type))}"
