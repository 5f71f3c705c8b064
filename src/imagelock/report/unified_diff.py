"""Unified diffs of edited files, from the edits: nothing is compared but their lines.

`difflib` looks for what two files share, and takes time in proportion to the square
of the changes. Where the edits are, it is known.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.model.source_text import Text
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.edit import Edit

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_CONTEXT: Final = 3
"""Lines that are shown before and behind changed ones, as by `diff -u`."""


class _Change(NamedTuple):
    """The lines from *start* to *end*, from 0, that are others in the new file.

    The new ones are those from *new_start* to *new_end*.
    """

    start: int
    end: int
    new_start: int
    new_end: int


def unified_diff(
    path: PurePosixPath, old: bytes, new: bytes, edits: Iterable[Edit]
) -> str:
    """Return the output of `diff -u` for *old* and *new*, which *edits* made of it.

    Line ends are those of the file; other control characters are escaped.
    """
    text = Text.decode(old)
    before, after = _LINE.findall(text.value), _LINE.findall(Text.decode(new).value)
    changes = list(_changes(text, before, after, edits))
    lines = [f"--- a/{path}\n", f"+++ b/{path}\n"] if changes else []
    for hunk in _hunks(changes):
        lines += _hunk(hunk, before, after)
    return "".join(map(_printable_line, lines))


def _changes(
    text: Text, before: Sequence[str], after: Sequence[str], edits: Iterable[Edit]
) -> Iterator[_Change]:
    """Yield the changes of lines, in their order; none touches the next one."""
    sizes = (len(text.encode(line)) for line in before)
    starts = list(accumulate(sizes, initial=text.mark))
    moved = 0
    last: _Change | None = None
    for edit in sorted(set(edits)):
        start, end = (bisect_right(starts, at) - 1 for at in (edit.start, edit.end))
        removed = end - start
        added = edit.text.decode(text.encoding, "surrogateescape").count("\n")
        change = _Change(
            start,
            min(end + 1, len(before)),
            start + moved,
            min(start + moved + added + 1, len(after)),
        )
        moved += added - removed
        if last and change.start <= last.end:
            last = _Change(last.start, change.end, last.new_start, change.new_end)
            continue
        if last:
            yield from _trimmed(last, before, after)
        last = change
    if last:
        yield from _trimmed(last, before, after)


def _trimmed(
    change: _Change, before: Sequence[str], after: Sequence[str]
) -> Iterator[_Change]:
    """Yield *change* without lines that are the same, unless all of them are."""
    start, end, new_start, new_end = change
    while start < end and new_start < new_end and before[start] == after[new_start]:
        start, new_start = start + 1, new_start + 1
    while start < end and new_start < new_end and before[end - 1] == after[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    if start < end or new_start < new_end:
        yield _Change(start, end, new_start, new_end)


def _hunks(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Yield the changes whose lines of context meet."""
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.start - hunk[-1].end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _hunk(
    changes: Sequence[_Change], before: Sequence[str], after: Sequence[str]
) -> Iterator[str]:
    first, last = changes[0], changes[-1]
    context = min(_CONTEXT, first.start)
    rest = min(_CONTEXT, len(before) - last.end)
    start, end = first.start - context, last.end + rest
    old = _range(start, end)
    new = _range(first.new_start - context, last.new_end + rest)
    yield f"@@ -{old} +{new} @@\n"
    for change in changes:
        yield from (f" {line}" for line in before[start : change.start])
        yield from (f"-{line}" for line in before[change.start : change.end])
        yield from (f"+{line}" for line in after[change.new_start : change.new_end])
        start = change.end
    yield from (f" {line}" for line in before[start:end])


def _range(start: int, end: int) -> str:
    """Return lines, from 0, as `diff -u` writes them (POSIX, `diff`, "Unified")."""
    if end - start == 1:
        return f"{start + 1}"
    return f"{start + (end > start)},{end - start}"


def _printable_line(line: str) -> str:
    body = line.rstrip("\r\n")
    end = line[len(body) :]
    return printable(body) + (end or "\n\\ No newline at end of file\n")
