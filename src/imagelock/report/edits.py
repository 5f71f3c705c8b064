"""Plans of edits: the places that changed, and those that stay as they are."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from imagelock.model.source_text import Text
from imagelock.report.findings import plural
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.apply_edits import Rewrite
    from imagelock.commands.pin_plan import EditPlan
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
EditRow = tuple["Place", "Reference", str | None]
"""A place, its new reference, and the reason if it stays as it is."""


def text(plan: EditPlan, done: str, *, style: Style) -> str:
    """Return a line for each place of *plan*, by file, and a line that counts them.

    *done* is the participle: `pinned`, `unpinned` or `bumped`.
    """
    rows = list(dict.fromkeys(planned_rows(plan)))
    by_file: dict[PurePosixPath, list[EditRow]] = {}
    for row in rows:
        by_file.setdefault(row[0].path, []).append(row)
    blocks = [
        f"{style.bold(printable(str(path)))}\n{''.join(_lines(of_file, done, style))}"
        for path, of_file in by_file.items()
    ]
    return "\n".join([*blocks, _count(rows, done)])


def diffs(rewrite: Rewrite) -> str:
    """Return the edits of *rewrite* as a unified diff of the files."""
    return "".join(
        unified(path, rewrite.old[path], data) for path, data in rewrite.new.items()
    )


def unified(path: PurePosixPath, old: bytes, new: bytes) -> str:
    """Return the difference between *old* and *new* as `diff -u` prints it.

    Line ends are those of the file; other control characters are escaped.
    """
    before, after = (_LINE.findall(Text.decode(data).value) for data in (old, new))
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(_visible(line) for line in lines)


def planned_rows(plan: EditPlan) -> list[EditRow]:
    """Return every place of *plan*, sorted by path and position."""
    rows: list[EditRow] = [
        *((edit.occurrence.place, edit.reference, None) for edit in plan.planned),
        *(
            (stays.occurrence.place, stays.occurrence.reference, stays.reason)
            for stays in plan.unchanged
        ),
    ]
    return sorted(rows, key=lambda row: (row[0].path.parts, row[0].span))


def _visible(line: str) -> str:
    body = line.rstrip("\r\n")
    end = line[len(body) :]
    return printable(body) + (end or "\n\\ No newline at end of file\n")


def _lines(rows: Sequence[EditRow], done: str, style: Style) -> Iterator[str]:
    places = [f"{place.span.line}:{place.span.column}" for place, _, _ in rows]
    names = [reference.key.familiar for _, reference, _ in rows]
    indent, width = max(map(len, places)), max(map(len, names))
    for (_, reference, reason), place, name in zip(rows, places, names, strict=True):
        digest = reference.digest
        shown = f"{digest.algorithm}:{digest.short}" if digest else ""
        if reason:
            word, rest = style.yellow(f"{'kept':<{len(done)}}"), printable(reason)
        else:
            word, rest = style.green(done), shown
        yield f"  {place:<{indent}}  {name:<{width}}  {word}  {rest}".rstrip() + "\n"


def _count(rows: Sequence[EditRow], done: str) -> str:
    moved = [place for place, _, reason in rows if not reason]
    files = plural(len({place.path for place in moved}), "file")
    kept = len(rows) - len(moved)
    left = f", {kept} kept" if kept else ""
    return f"{plural(len(moved), 'reference')} {done} in {files}{left}\n"
