"""The page of `lock`, `update` and `diff` with `--format html`: what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagelock.model.change import ChangeKind
from imagelock.report.changes import changed_digests, unchanged_platforms
from imagelock.report.earlier_moves import SHALLOW, frequency
from imagelock.report.facts import (
    UNSIGNED,
    change_label,
    changed_facts,
    changed_release,
    source_link,
)
from imagelock.report.findings import mirror_sentences
from imagelock.report.image_pages import image_page
from imagelock.report.page.document import render
from imagelock.report.page.parts import (
    finding_part,
    move_part,
    no_link,
    number,
    place_part,
    severity_numbers,
)
from imagelock.report.pull_request import headline
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.change import Change
    from imagelock.report.changes import Changes
    from imagelock.report.page.parts import Chip, Number


def changes_page(report: Changes) -> str:
    """Return *report* as an HTML document."""
    changes = [_change(change, report) for change in report.changes]
    return render(
        "changes",
        title=headline(report.changes),
        items=changes,
        item="change",
        numbers=list(_numbers(report)),
        notes=list(_notes(report)),
        changes=changes,
        failures=[
            (printable(error.as_written or key.familiar), printable(str(error)))
            for key, error in report.failures.items()
        ],
        findings=[finding_part(finding, no_link) for finding in report.findings],
    )


def _numbers(report: Changes) -> Iterator[Number]:
    yield number(len(report.changes), "change")
    if report.failures:
        yield len(report.failures), "could not be resolved", "error"
    yield from severity_numbers(report.findings)


def _notes(report: Changes) -> Iterator[str]:
    for change in report.index_only_skipped:
        name = printable(change.reference.familiar)
        yield f"Only the index changed for `{name}`: not updated."
    if report.earlier and report.earlier.is_shallow:
        yield SHALLOW
    yield from (f"{printable(each)}." for each in mirror_sentences(report.mirrors))


def _change(change: Change, report: Changes) -> dict[str, Any]:
    name = printable(change.reference.familiar)
    if change.kind is ChangeKind.TAG_BUMPED and change.old:
        name = f"{printable(change.old.reference.familiar)} → {name}"
    places = report.places.get(change.reference, ())
    timeline = report.earlier.of(change) if report.earlier else None
    moves = timeline.moves if timeline else ()
    return {
        "name": name,
        "registry": change.reference.registry,
        "kind": change.kind.value,
        "chips": list(_chips(change, report)),
        "rows": list(_rows(change)),
        "facts": list(_facts(change, report)),
        "places": [place_part(each.path, each.span, no_link) for each in places],
        "page": image_page(change.reference),
        "source": source_link(change),
        "moves": [move_part(move) for move in moves[::-1]],
    }


def _chips(change: Change, report: Changes) -> Iterator[Chip]:
    release = changed_release(change)
    if release:
        pair = filter(None, [release.before, release.after])
        yield " → ".join(printable(each) for each in pair), ""
    if words := frequency(change, report.earlier):
        yield words, ""
    yield change_label(change), change.kind.value


def _rows(change: Change) -> Iterator[tuple[str, str, str]]:
    """Yield what is before and after the change: digests, and other facts."""
    for name, old, new in changed_digests(change):
        yield name, f"`{old}`" if old else "none", f"`{new}`" if new else "removed"
    if change.old is None and change.new:
        yield "digest", "none", f"`{change.new.digest}`"
    for fact in changed_facts(change):
        name = f"{fact.name}, {UNSIGNED}" if fact.is_unsigned else fact.name
        yield name, printable(fact.before), printable(fact.after)


def _facts(change: Change, report: Changes) -> Iterator[tuple[str, str]]:
    if platforms := unchanged_platforms(change):
        yield "Unchanged", ", ".join(platforms)
    if comparison := report.comparisons.get(change.reference):
        yield "Vulnerabilities", printable(comparison.words)
    if change.details and change.details.missing_reason:
        yield "Not compared", printable(change.details.missing_reason)
