"""Reports to be read on a pull request, with nothing but a phone."""

from __future__ import annotations

import hashlib
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Final

from imagelock.model.change import ChangeKind
from imagelock.model.finding import Severity
from imagelock.model.tag_version import Level
from imagelock.report.changes import digests, shown, unchanged
from imagelock.report.escape import code, plain
from imagelock.report.facts import facts, source_link, word
from imagelock.report.findings import compared, others, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imagelock.commands.verify import Verdict
    from imagelock.errors import ImagelockError
    from imagelock.model.change import Change
    from imagelock.model.finding import Finding
    from imagelock.model.reference import Reference
    from imagelock.report.changes import Changes

LONGEST: Final = 65_536
"""Characters that GitHub takes in the body of a pull request."""
_ROWS: Final = 40_000
"""Characters that the table may take, so that details have room as well."""
_MOVED: Final = (
    ChangeKind.CONTENT,
    ChangeKind.ROLLBACK,
    ChangeKind.KIND_CHANGED,
)


def changes(report: Changes) -> str:
    """Return the body of a pull request: a headline, a table, and folded details.

    A hidden line at its top has the hash of the new lockfile. There is no time in
    it: the same changes give the same text, always shorter than `LONGEST`.
    """
    parts = [
        f"<!-- imagelock: sha256:{hashlib.sha256(report.lockfile.encode()).hexdigest()} -->\n",
        f"### {headline(report.changes)}\n",
    ]
    if report.changes:
        head = "| image | change | |\n|---|---|---|\n"
        rows = _fitting(map(_row, report.changes), _ROWS, "\nand {} more images\n")
        parts.append(head + rows)
    parts += _left(report.index_only_skipped)
    parts += _failures(report.failures)
    body = "\n".join(parts)
    room = LONGEST - len(body) - 200
    blocks = (_block(change) for change in report.changes if change.old and change.new)
    told = _fitting(blocks, room, "\nThe details of {} more images are left out.\n")
    return f"{body}\n{told}" if told else body


def headline(moved: Sequence[Change]) -> str:
    """Return what happened in a few words: `3 images moved, 1 added`."""
    kinds = Counter(change.kind for change in moved)
    images = sum(kinds[kind] for kind in _MOVED)
    parts = [f"{plural(images, 'image')} moved"] if images else []
    parts += _bumped(moved)
    words = {
        ChangeKind.ADDED: "added",
        ChangeKind.REMOVED: "removed",
        ChangeKind.INDEX_ONLY: "with another index only",
        ChangeKind.DETAILS: "described anew",
    }
    parts += [f"{kinds[kind]} {word}" for kind, word in words.items() if kinds[kind]]
    return ", ".join(parts) or "Nothing changed"


def _bumped(moved: Sequence[Change]) -> Iterator[str]:
    """Yield how many tags moved by each level: `1 newer minor`."""
    levels = Counter(
        change.level for change in moved if change.kind is ChangeKind.TAG_BUMPED
    )
    for level in Level:
        if levels[level]:
            yield f"{levels[level]} newer {level}"
    if levels[None]:
        yield f"{levels[None]} on another tag"


def findings(verdict: Verdict) -> str:
    """Return a headline and a table of the findings; notes are folded."""
    notes = [f for f in verdict.findings if f.severity <= Severity.NOTE]
    loud = [f for f in verdict.findings if f.severity > Severity.NOTE]
    counts = Counter(finding.severity for finding in verdict.findings)
    told = ", ".join(
        plural(counts[severity], severity.word)
        for severity in sorted(counts, reverse=True)
    )
    line = compared(verdict)
    parts = [f"### {told or 'All images agree with the lock'}\n", f"{line}.\n"]
    if loud:
        parts.append(_table(loud, _ROWS))
    if notes:
        table = _table(notes, LONGEST - _ROWS - 2_000)
        title = plural(len(notes), "note")
        parts.append(_folded(title, table))
    return "\n".join(parts)


def _table(found: Sequence[Finding], room: int) -> str:
    head = "| severity | where | what |\n|---|---|---|\n"
    return head + _fitting(map(_finding, found), room, "\nand {} more\n")


def _finding(finding: Finding) -> str:
    place = str(finding.path)
    if finding.span is not None:
        place += f":{finding.span.line}"
    hint = f"<br>{plain(finding.hint)}" if finding.hint else ""
    return (
        f"| {finding.severity.word} | {code(place)} |"
        f" {plain(finding.message)}{others(finding)} ({finding.rule.slug}){hint} |\n"
    )


def _fitting(pieces: Iterable[str], room: int, rest: str) -> str:
    """Return as many of *pieces* as have room, and how many there are besides."""
    every = list(pieces)
    taken = 0
    while taken < len(every) and len(every[taken]) <= room:
        room -= len(every[taken])
        taken += 1
    missing = len(every) - taken
    return "".join(every[:taken]) + (rest.format(missing) if missing else "")


def _row(change: Change) -> str:
    name = code(change.reference.familiar)
    if change.kind is ChangeKind.TAG_BUMPED and change.old:
        name = f"{code(change.old.reference.familiar)} → {name}"
    telling = [f for f in facts(change) if f.name in {"release", "size"}]
    told = [_move(fact.before, fact.after) for fact in telling]
    if page := source_link(change):
        told.append(f"[what changed in the source]({page})")
    return f"| {name} | {word(change)} | {', '.join(told)} |\n"


def _move(before: str, after: str) -> str:
    return f"{code(before)} → {code(after)}" if before else code(after)


def _block(change: Change) -> str:
    return _folded(escape(change.reference.familiar), "".join(_details(change)))


def _details(change: Change) -> Iterator[str]:
    yield "| | before | after |\n|---|---|---|\n"
    for name, old, new in digests(change):
        yield f"| {name} | {shown(old, 'not there')} | {shown(new, 'gone')} |\n"
    for fact in facts(change):
        before = code(fact.before) if fact.before else ""
        yield f"| {plain(fact.name)} | {before} | {code(fact.after)} |\n"
    if same := unchanged(change):
        yield f"\nUnchanged: {', '.join(same)}\n"
    if page := source_link(change):
        yield f"\nSource: <{page}>\n"
    if change.details and change.details.missing_reason:
        yield f"\nNot compared: {plain(change.details.missing_reason)}\n"


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"


def _left(left: Sequence[Change]) -> Iterator[str]:
    if left:
        lines = (f"- {code(change.reference.familiar)}\n" for change in left)
        title = f"{plural(len(left), 'image')} left alone: only the index moved"
        yield _folded(title, _fitting(lines, 5_000, "- and {} more\n"))


def _failures(failures: Mapping[Reference, ImagelockError]) -> Iterator[str]:
    if failures:
        lines = (
            f"- {code(key.familiar)}: {plain(str(error))}\n"
            for key, error in failures.items()
        )
        told = _fitting(lines, 10_000, "- and {} more\n")
        yield f"**Could not be asked; the lock keeps what it has:**\n\n{told}"
