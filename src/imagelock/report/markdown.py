"""Markdown for pull requests, comments and job summaries.

Escaped for GitHub, GitLab and Gitea alike.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Final

from imagelock.commands.out_of_time import out_of_time, split_late
from imagelock.lockfile.writer import write
from imagelock.model.change import ChangeKind
from imagelock.model.digest import Digest
from imagelock.model.finding import Severity
from imagelock.model.tag_version import Level
from imagelock.report.changes import changed_digests, short_digest, unchanged_platforms
from imagelock.report.facts import change_label, changed_facts, source_link
from imagelock.report.findings import (
    mirror_sentences,
    other_places,
    plural,
    summary_clause,
)
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imagelock.commands.verify import Verdict
    from imagelock.errors import RegistryError
    from imagelock.model.change import Change
    from imagelock.model.finding import Finding
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import MirrorUse
    from imagelock.report.changes import Changes

MAX_LENGTH: Final = 65_536
"""The limit of GitHub for the body of a pull request, in characters."""
_MAX_TABLE: Final = 40_000
"""The table may take this many characters, which leaves room for the details."""
_MOVED_KINDS: Final = (
    ChangeKind.CONTENT,
    ChangeKind.ROLLBACK,
    ChangeKind.KIND_CHANGED,
)

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#|~&!$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""Characters with a meaning, and those that turn a URL into a link."""
_BACKTICKS: Final = re.compile(r"`+")


def changes(report: Changes) -> str:
    """Return the body of a pull request: a headline, a table, and folded details.

    A hidden first line has the hash of the new lockfile. There is no time in it:
    the same changes give the same text, always shorter than `MAX_LENGTH`.
    """
    parts = [
        f"<!-- imagelock: {Digest.of(write(report.lockfile).encode())} -->\n",
        f"### {headline(report.changes)}\n",
    ]
    if report.changes:
        head = "| image | change | |\n|---|---|---|\n"
        rows = _fitting(map(_row, report.changes), _MAX_TABLE, "\nand {} more images\n")
        parts.append(head + rows)
    parts += _index_only(report.index_only_skipped)
    parts += _failures(report.failures, report.asked)
    if report.findings:
        parts.append(
            f"**To fix; old lockfile entries are kept:**\n\n{_table(report.findings, 10_000)}"
        )
    if report.mirrors:
        parts.append(_mirrors(report.mirrors))
    body = "\n".join(parts)
    room = MAX_LENGTH - len(body) - 200
    blocks = (_block(change) for change in report.changes if change.old and change.new)
    details = _fitting(blocks, room, "\nDetails of {} more images are omitted.\n")
    return f"{body}\n{details}" if details else body


def headline(changes: Sequence[Change]) -> str:
    """Return the number of changes of each kind: `3 images moved, 1 added`."""
    kinds = Counter(change.kind for change in changes)
    images = sum(kinds[kind] for kind in _MOVED_KINDS)
    parts = [f"{plural(images, 'image')} moved"] if images else []
    parts += _bumped(changes)
    labels = {
        ChangeKind.ADDED: "added",
        ChangeKind.REMOVED: "removed",
        ChangeKind.INDEX_ONLY: "with only the index changed",
        ChangeKind.DETAILS: "with updated metadata",
    }
    parts += [f"{kinds[kind]} {label}" for kind, label in labels.items() if kinds[kind]]
    return ", ".join(parts) or "Nothing changed"


def _bumped(changes: Sequence[Change]) -> Iterator[str]:
    """Yield the number of newer tags of each level: `1 newer minor`."""
    levels = Counter(
        change.level for change in changes if change.kind is ChangeKind.TAG_BUMPED
    )
    for level in Level:
        if levels[level]:
            yield f"{levels[level]} newer {level}"
    if levels[None]:
        yield f"{levels[None]} with another tag"


def findings(verdict: Verdict) -> str:
    """Return a headline and a table of the findings; notes are folded."""
    notes = [f for f in verdict.findings if f.severity <= Severity.NOTE]
    problems = [f for f in verdict.findings if f.severity > Severity.NOTE]
    counts = Counter(finding.severity for finding in verdict.findings)
    summary = ", ".join(
        plural(counts[severity], severity.word)
        for severity in sorted(counts, reverse=True)
    )
    parts = [
        f"### {summary or _agreement(verdict)}\n",
        f"{summary_clause(verdict)}.\n",
    ]
    if verdict.mirrors:
        parts.append(_mirrors(verdict.mirrors))
    if problems:
        parts.append(_table(problems, _MAX_TABLE))
    if notes:
        table = _table(notes, MAX_LENGTH - _MAX_TABLE - 2_000)
        title = plural(len(notes), "note")
        parts.append(_folded(title, table))
    return "\n".join(parts)


def _agreement(verdict: Verdict) -> str:
    if not verdict.checked:
        return "Nothing was compared"
    return "All images match the lockfile"


def _mirrors(mirrors: Iterable[MirrorUse]) -> str:
    lines = (f"- {escape_markdown(text)}\n" for text in mirror_sentences(mirrors))
    return _fitting(lines, 5_000, "- and {} more\n")


def _table(findings: Sequence[Finding], room: int) -> str:
    head = "| severity | location | message |\n|---|---|---|\n"
    return head + _fitting(map(_finding, findings), room, "\nand {} more\n")


def _finding(finding: Finding) -> str:
    place = str(finding.path)
    if finding.span is not None:
        place += f":{finding.span.line}"
    hint = f"<br>{escape_markdown(finding.hint)}" if finding.hint else ""
    return (
        f"| {finding.severity.word} | {inline_code(place)} |"
        f" {escape_markdown(finding.message)}{other_places(finding)} ({finding.rule.slug}){hint} |\n"
    )


def _fitting(pieces: Iterable[str], room: int, omitted: str) -> str:
    """Return the first *pieces* that fit *room*, and *omitted* with the other count."""
    listed = list(pieces)
    count = 0
    while count < len(listed) and len(listed[count]) <= room:
        room -= len(listed[count])
        count += 1
    missing = len(listed) - count
    return "".join(listed[:count]) + (omitted.format(missing) if missing else "")


def _row(change: Change) -> str:
    name = inline_code(change.reference.familiar)
    if change.kind is ChangeKind.TAG_BUMPED and change.old:
        name = f"{inline_code(change.old.reference.familiar)} → {name}"
    facts = [f for f in changed_facts(change) if f.name in {"release", "size"}]
    details = [_move(fact.before, fact.after) for fact in facts]
    if url := source_link(change):
        host = escape_markdown(url.split("/")[2])
        details.append(f"[source changes on {host}]({url})")
    return f"| {name} | {change_label(change)} | {', '.join(details)} |\n"


def _move(before: str, after: str) -> str:
    return (
        f"{inline_code(before)} → {inline_code(after)}"
        if before
        else inline_code(after)
    )


def _block(change: Change) -> str:
    return _folded(escape(change.reference.familiar), "".join(_details(change)))


def _details(change: Change) -> Iterator[str]:
    yield "| | before | after |\n|---|---|---|\n"
    for name, old, new in changed_digests(change):
        before, after = short_digest(old, "none"), short_digest(new, "removed")
        yield f"| {name} | {before} | {after} |\n"
    for fact in changed_facts(change):
        before = inline_code(fact.before) if fact.before else ""
        yield f"| {escape_markdown(fact.name)} | {before} | {inline_code(fact.after)} |\n"
    if platforms := unchanged_platforms(change):
        yield f"\nUnchanged: {', '.join(platforms)}\n"
    if url := source_link(change):
        yield f"\nSource: <{url}>\n"
    if change.details and change.details.missing_reason:
        yield f"\nNot compared: {escape_markdown(change.details.missing_reason)}\n"


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"


def _index_only(skipped: Sequence[Change]) -> Iterator[str]:
    if skipped:
        lines = (f"- {inline_code(change.reference.familiar)}\n" for change in skipped)
        title = f"{plural(len(skipped), 'image')} not updated: only the index changed"
        yield _folded(title, _fitting(lines, 5_000, "- and {} more\n"))


def _failures(failures: Mapping[Reference, RegistryError], asked: int) -> Iterator[str]:
    if failures:
        late, others = split_late(failures)
        lines = [
            f"- {inline_code(error.as_written or key.familiar)}:"
            f" {escape_markdown(str(error))}\n"
            for key, error in others.items()
        ]
        if late:
            lines.append(f"- {out_of_time(late.values(), asked)}\n")
        images = _fitting(lines, 10_000, "- and {} more\n")
        yield f"**Could not be resolved; their lockfile entries are kept:**\n\n{images}"


def inline_code(text: str) -> str:
    """Return *text* as a code span on one line, safe within a table."""
    escaped = printable(text).replace("|", "\\|")
    longest = max(map(len, _BACKTICKS.findall(escaped)), default=0)
    fence = "`" * (longest + 1)
    space = " " if escaped.startswith("`") or escaped.endswith("`") else ""
    # A span of spaces, or of nothing, is not a code span.
    return f"{fence}{space}{escaped}{space}{fence}" if escaped.strip() else "-"


def escape_markdown(text: str) -> str:
    """Return *text* escaped, so that nothing in it is a link, a tag or a mention.

    Text between backticks becomes code, as in the messages of imagelock.
    """
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return _escape(text)
    return "".join(
        inline_code(piece) if number % 2 else _escape(piece)
        for number, piece in enumerate(pieces)
    )


def _escape(text: str) -> str:
    escaped = _SPECIAL.sub(lambda match: f"\\{match[0]}", printable(text))
    # A backslash does not stop a mention; a zero-width space does.
    return escaped.replace("@", "@&#8203;")
