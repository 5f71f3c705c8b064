"""The body of a pull request: which images changed, how, and where they are used."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Final

from imagelock.commands.out_of_time import out_of_time, split_late
from imagelock.lockfile.writer import write
from imagelock.model.change import ChangeKind
from imagelock.model.digest import Digest
from imagelock.model.finding import Rule
from imagelock.model.tag_version import Level
from imagelock.report.changes import changed_digests, unchanged_platforms
from imagelock.report.earlier_moves import earlier_table, frequency
from imagelock.report.facts import (
    UNSIGNED,
    change_label,
    changed_facts,
    changed_release,
    source_link,
)
from imagelock.report.identity import page_url
from imagelock.report.image_pages import image_page
from imagelock.report.markdown import (
    MAX_LENGTH,
    MAX_TABLE,
    finding_table,
    mirror_list,
)
from imagelock.report.markdown_text import (
    escape_markdown,
    fitting,
    folded,
    inline_code,
)
from imagelock.report.scans.as_markdown import vulnerability_list
from imagelock.report.style import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imagelock.errors import RegistryError
    from imagelock.model.change import Change
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.report.changes import Changes

_MOVED_KINDS: Final = (
    ChangeKind.CONTENT,
    ChangeKind.ROLLBACK,
    ChangeKind.KIND_CHANGED,
)
_FEW_PLACES: Final = 3
"""At most this many places are in the table; the details have more."""
_MANY_PLACES: Final = 30
_ADVICE: Final = f"""\
- To keep the locked content of an image, set `hold = true` in `[images."NAME"]` of `imagelock.toml`, or write `# imagelock: ignore` beside a reference that should not be locked at all: [Ignoring images]({page_url("guides/ignoring")}).
- To wait until new content is some days old, add `cooldown = "3d"`: [Cooldown]({page_url("guides/newer-tags")}#waiting-before-locking-new-content).
- To see more, check out this branch and run `imagelock diff HEAD~1`.
- Do not push to this branch: the next update replaces it. A request that you close stays closed until there is something new.
"""


def changes(report: Changes) -> str:
    """Return the body of a pull request: a headline, a table, details, advice.

    Two hidden lines have the hash of the new lockfile and a title. There is no time
    in it but the dates of commits: in a month, the same changes give the same text,
    always shorter than `MAX_LENGTH`.
    """
    digest = Digest.of("".join(map(write, report.lockfiles)).encode())
    parts = [f"<!-- imagelock: {digest} -->\n"]
    if report.changes:
        parts[0] += f"<!-- title: {title(report.changes)} -->\n"
    parts.append(f"### {headline(report.changes)}\n")
    if report.changes:
        head = _head(report)
        rows = (_row(change, report) for change in report.changes)
        table = fitting(rows, MAX_TABLE, "\nand {} more images\n")
        parts.append(head + table)
    parts += _index_only(report.index_only_skipped)
    parts += _failures(report.failures, report.asked)
    # What new content adds is in the table of the images, which did move.
    to_fix = [f for f in report.findings if f.rule is not Rule.VULNERABILITY_ADDED]
    if to_fix:
        parts.append(
            f"**To fix; old lockfile entries are kept:**\n\n{finding_table(to_fix, 10_000)}"
        )
    if report.mirrors:
        parts.append(mirror_list(report.mirrors))
    body = "\n".join(parts)
    updated = [change for change in report.changes if change.old and change.new]
    advice = folded("What you can do", _ADVICE) if updated else ""
    room = MAX_LENGTH - len(body) - len(advice) - 200
    blocks = (_block(change, report) for change in updated)
    details = fitting(blocks, room, "\nDetails of {} more images are omitted.\n")
    return "\n".join(part for part in (body, f"{details}{advice}") if part)


def title(changes: Sequence[Change]) -> str:
    """Return *changes* as a title: `update nginx to 1.28`, or `update 3 images`."""
    kinds = {change.kind for change in changes}
    verb = {ChangeKind.ADDED: "lock", ChangeKind.REMOVED: "drop"}.get(
        next(iter(kinds)) if len(kinds) == 1 else ChangeKind.CONTENT, "update"
    )
    if len(changes) > 1:
        return f"{verb} {len(changes)} images"
    (change,) = changes
    name, _, tag = change.reference.familiar.rpartition(":")
    if change.kind is ChangeKind.TAG_BUMPED:
        return f"{verb} {name} to {tag}"
    return f"{verb} {change.reference.familiar}"


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


def _places(report: Changes, change: Change) -> Sequence[Place]:
    return report.places.get(change.reference, ())


def _head(report: Changes) -> str:
    columns = ["image", "change", "used in", "source"]
    if report.comparisons:
        columns.insert(2, "vulnerabilities")
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n"


def _row(change: Change, report: Changes) -> str:
    places = _places(report, change)
    name = inline_code(change.reference.familiar)
    if page := image_page(change.reference):
        name = f"[{name}]({page})"
    source = ""
    if url := source_link(change):
        # The publisher says where the source is: the host is shown.
        source = f"[changes on {escape_markdown(url.split('/')[2])}]({url})"
    words = ", ".join(filter(None, [_words(change), frequency(change, report.earlier)]))
    cells = [name, words, _used_in(places), source]
    if report.comparisons:
        comparison = report.comparisons.get(change.reference)
        cells.insert(2, escape_markdown(comparison.words) if comparison else "")
    return f"| {' | '.join(cells)} |\n"


def _words(change: Change) -> str:
    """Return what happened to the image in a few words, with its version if known."""
    old, new = change.old, change.new
    release = changed_release(change)
    moved = _move(release.before, release.after) if release and release.before else ""
    if change.kind is ChangeKind.TAG_BUMPED and old and new:
        tags = _move(old.reference.tag or "", new.reference.tag or "")
        return f"{tags}, {change_label(change)}"
    if old is None or new is None:
        return change_label(change)
    digests = _move(old.digest.short, new.digest.short)
    if change.kind is ChangeKind.ROLLBACK:
        to = inline_code(release.after) if release else f"earlier content, {digests}"
        return f"rolled back to {to}"
    if change.kind is ChangeKind.CONTENT:
        return moved or f"rebuilt{_for_platforms(change)}, {digests}"
    return change_label(change)


def _for_platforms(change: Change) -> str:
    """Return ` for linux/arm64`, if other platforms stay the same."""
    changed = [str(p.platform) for p in change.platforms]
    if not changed or not unchanged_platforms(change):
        return ""
    return f" for {', '.join(map(escape_markdown, changed))}"


def _used_in(places: Sequence[Place]) -> str:
    shown = [_line(place) for place in places[:_FEW_PLACES]]
    if (more := len(places) - len(shown)) > 0:
        shown.append(f"and {plural(more, 'other place')}")
    return "<br>".join(shown)


def _line(place: Place) -> str:
    return inline_code(f"{place.path}:{place.span.line}")


def _move(before: str, after: str) -> str:
    return (
        f"{inline_code(before)} → {inline_code(after)}"
        if before
        else inline_code(after)
    )


def _block(change: Change, report: Changes) -> str:
    text = "".join(_details(change, _places(report, change)))
    if comparison := report.comparisons.get(change.reference):
        text += vulnerability_list(comparison)
    text += "".join(earlier_table(change, report.earlier))
    return folded(escape(change.reference.familiar), text)


def _details(change: Change, places: Sequence[Place]) -> Iterator[str]:
    yield from _digests(change)
    facts = changed_facts(change)
    if facts:
        yield "\n| | before | after |\n|---|---|---|\n"
    for fact in facts:
        before = inline_code(fact.before) if fact.before else ""
        name = f"{fact.name}, {UNSIGNED}" if fact.is_unsigned else fact.name
        yield f"| {escape_markdown(name)} | {before} | {inline_code(fact.after)} |\n"
    if platforms := unchanged_platforms(change):
        yield f"\nUnchanged: {', '.join(platforms)}\n"
    if places:
        lines = [f"- {_line(p)}: {inline_code(p.location)}\n" for p in places]
        more = len(lines) - _MANY_PLACES
        yield "\nUsed in:\n\n" + "".join(lines[:_MANY_PLACES])
        yield f"- and {plural(more, 'other place')}\n" if more > 0 else ""
    if url := source_link(change):
        yield f"\nSource: <{url}>\n"
    if change.details and change.details.missing_reason:
        yield f"\nNot compared: {escape_markdown(change.details.missing_reason)}\n"


def _digests(change: Change) -> Iterator[str]:
    """Yield the whole digests, to be copied; side by side they are too wide to read."""
    rows = changed_digests(change)
    if not rows:
        return
    width = max(len(name) for name, _, _ in rows)
    yield "~~~diff\n"
    for name, *digests in rows:
        for sign, digest in zip("-+", digests, strict=True):
            yield f"{sign} {printable(name):<{width}}  {digest}\n" if digest else ""
    yield "~~~\n"


def _index_only(skipped: Sequence[Change]) -> Iterator[str]:
    if skipped:
        lines = (f"- {inline_code(change.reference.familiar)}\n" for change in skipped)
        title = f"{plural(len(skipped), 'image')} not updated: only the index changed"
        yield folded(title, fitting(lines, 5_000, "- and {} more\n"))


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
        images = fitting(lines, 10_000, "- and {} more\n")
        yield f"**Could not be resolved; their lockfile entries are kept:**\n\n{images}"
