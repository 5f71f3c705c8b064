"""What `pin` and `unpin` did to the files, or would do."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Final

from imagelock.model.source_text import Text
from imagelock.report.findings import plural
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
Row = tuple["Place", "Reference", str | None]
"""A place, what it names now, and the reason if it was left as it is."""


def text(rows: Sequence[Row], done: str, *, style: Style) -> str:
    """Return a line for each place, by file, and one that counts them.

    *done* is the participle: `pinned` or `unpinned`.
    """
    by_file: dict[PurePosixPath, list[Row]] = {}
    for row in rows:
        by_file.setdefault(row[0].path, []).append(row)
    blocks = [
        f"{style.bold(printable(str(path)))}\n{''.join(_lines(of_file, done, style))}"
        for path, of_file in by_file.items()
    ]
    return "\n".join([*blocks, _count(rows, done)])


def as_json(rows: Sequence[Row], done: str) -> str:
    """Return the same for machines: `{"version": 1, "places": [...]}`."""
    places = [
        {
            "file": str(place.path),
            "line": place.span.line,
            "column": place.span.column,
            "use": place.location,
            "reference": str(reference),
            "status": "kept" if reason else done,
            "reason": reason,
        }
        for place, reference, reason in rows
    ]
    return json.dumps({"version": 1, "places": places}, indent=2) + "\n"


def unified(path: PurePosixPath, old: bytes, new: bytes) -> str:
    """Return the difference between *old* and *new* as `diff -u` prints it.

    Line ends are those of the file; other control characters are escaped.
    """
    before, after = (_LINE.findall(Text.decode(data).value) for data in (old, new))
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(_visible(line) for line in lines)


def _visible(line: str) -> str:
    body = line.rstrip("\r\n")
    end = line[len(body) :]
    return printable(body) + (end or "\n\\ No newline at end of file\n")


def _lines(rows: Sequence[Row], done: str, style: Style) -> Iterator[str]:
    places = [f"{place.span.line}:{place.span.column}" for place, _, _ in rows]
    names = [reference.key.familiar for _, reference, _ in rows]
    indent, width = max(map(len, places)), max(map(len, names))
    for (_, reference, reason), place, name in zip(rows, places, names, strict=True):
        digest = reference.digest
        shown = digest.abbreviated if digest else ""
        if reason:
            word, rest = style.yellow(f"{'kept':<{len(done)}}"), printable(reason)
        else:
            word, rest = style.green(done), shown
        yield f"  {place:<{indent}}  {name:<{width}}  {word}  {rest}".rstrip() + "\n"


def _count(rows: Sequence[Row], done: str) -> str:
    moved = [place for place, _, reason in rows if not reason]
    files = plural(len({place.path for place in moved}), "file")
    kept = len(rows) - len(moved)
    left = f", {kept} kept" if kept else ""
    return f"{plural(len(moved), 'reference')} {done} in {files}{left}\n"
