"""What is known of a fleet, as text for the terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.fleet.vulnerable import is_vulnerability
from imagelock.model.reference import Reference
from imagelock.report.style import Style, plural, printable
from imagelock.report.table import format_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.fleet.behind import BehindResult
    from imagelock.fleet.collect import CollectResult, Unreadable
    from imagelock.fleet.locked_places import LockedPlace
    from imagelock.fleet.locked_tags import LockedDigest
    from imagelock.fleet.merge import MergeResult
    from imagelock.fleet.resolve import ResolveResult
    from imagelock.fleet.split import SplitResult
    from imagelock.fleet.stats import Statistics
    from imagelock.fleet.where import WhereResult

_SHOWN: Final = 3
"""Repositories that are named where there may be thousands."""
_COUNTS: Final = {
    "repositories": "repositories",
    "without_lockfile": "without a lockfile",
    "lockfiles": "lockfiles",
    "entries": "entries",
    "references": "different references",
    "digests": "different digests",
    "split_tags": "tags with several digests",
}


@dataclass(frozen=True, slots=True)
class NamedProblem:
    """What could not be read or scanned, its name, and the way out."""

    name: str
    reason: str
    hint: str | None = None


def repositories(count: int) -> str:
    """Return `1 repository`, `2 repositories`."""
    return plural(count, "repository")


def familiar(reference: str) -> str:
    """Return the short form of a reference that the database has."""
    return printable(Reference.parse(reference).familiar)


def short(digest: str) -> str:
    """Return a digest of the database with its first twelve hexadecimal digits."""
    algorithm, _, encoded = digest.partition(":")
    return f"{algorithm}:{encoded[:12]}"


def format_collected(result: CollectResult, *, pruned: bool) -> str:
    """Return what became of the repositories."""
    parts = [f"{result.unchanged} unchanged"] if result.unchanged else []
    if result.without_lockfile:
        parts.append(f"{result.without_lockfile} without a lockfile")
    details = f" ({', '.join(parts)})" if parts else ""
    text = (
        f"read {repositories(result.read)}{details}:"
        f" {plural(result.lockfiles, 'lockfile')}\n"
    )
    if gone := len(result.gone):
        what = "deleted" if pruned else "kept, which `--prune` deletes"
        text += f"{repositories(gone)} no longer there: {what}\n"
    if folders := result.without_repository:
        names = some([*map(printable, folders)])
        text += f"no repository in {plural(len(folders), 'folder')}: {names}\n"
    return text


def format_merged(result: MergeResult) -> str:
    """Return what became of the repositories."""
    counts = (
        (result.added, "added"),
        (result.updated, "updated"),
        (result.kept, "unchanged"),
    )
    parts = [f"{number} {what}" for number, what in counts if number]
    total = result.added + result.updated + result.kept
    details = f": {', '.join(parts)}" if parts else ""
    databases = plural(result.databases, "database")
    return f"merged {databases} with {repositories(total)}{details}\n"


def failure_lines(result: CollectResult, *, everything: bool) -> Iterator[str]:
    """Yield a line for each bad line of a list, and for each reason of failures.

    With *everything*, each repository has a line. Then come the hints.
    """
    for bad in result.bad_lines:
        yield printable(f"error: {bad.source}:{bad.line}: {bad.reason}")
    problems = [NamedProblem(_name(e), e.reason, e.hint) for e in result.unreadable]
    yield from problem_lines(problems, everything=everything)


def problem_lines(
    problems: Iterable[NamedProblem], *, everything: bool
) -> Iterator[str]:
    """Yield a line for each reason of *problems*, then each distinct hint.

    With *everything*, each problem has a line.
    """
    by_reason: dict[str, list[NamedProblem]] = {}
    for each in problems:
        by_reason.setdefault(each.reason, []).append(each)
    for reason, group in by_reason.items():
        names = [each.name for each in group]
        if everything or len(names) == 1:
            about = [f"{name}: {reason}" if name else reason for name in names]
        else:
            about = [f"{len(names)} times: {reason}: {some(names)}"]
        yield from (printable(f"error: {line}") for line in about)
    hints = dict.fromkeys(each.hint for group in by_reason.values() for each in group)
    yield from (printable(f"hint: {hint}") for hint in hints if hint)


def format_places(result: WhereResult, *, style: Style) -> str:
    """Return the repositories that lock each image, by reference and digest."""
    lines: list[str] = []
    places = sorted({place for found in result.places.values() for place in found})
    places.sort(key=_heading)
    for (reference, digest, severity, packages), group in groupby(places, _heading):
        found = f"  {severity}: {printable('; '.join(packages))}" if severity else ""
        lines.append(f"{style.bold(familiar(reference))}  {short(digest)}{found}")
        lines += _place_lines([*group])
    if places:
        lines += ["", repositories(len({place.repository for place in places}))]
    for question, answers in result.places.items():
        if not answers:
            lines.append(_nothing(question))
    return "".join(f"{line}\n" for line in lines)


def format_split_tags(result: SplitResult, *, style: Style, everything: bool) -> str:
    """Return the digests of each tag; with *everything*, all of their repositories."""
    lines: list[str] = []
    for tag in result.tags:
        count = plural(len(tag.digests), "digest")
        lines.append(f"{style.bold(familiar(tag.reference))}  {count}")
        for each in tag.digests:
            lines += _digest_lines(each, everything=everything)
    if lines:
        lines.append("")
    lines.append(f"{plural(len(result.tags), 'tag')} with several digests")
    return "".join(f"{line}\n" for line in lines)


def format_behind_tags(result: BehindResult, *, style: Style, everything: bool) -> str:
    """Return what each tag has now, and the repositories that lock something else."""
    lines: list[str] = []
    for tag in result.tags:
        now = f"now {short(tag.current)}" if tag.current else "no longer served"
        lines.append(f"{style.bold(familiar(tag.reference))}  {now}")
        for each in tag.digests:
            lines += _digest_lines(each, everything=everything)
    if lines:
        lines.append("")
    answered = plural(result.asked - len(result.failures), "tag")
    lines.append(f"{len(result.tags)} of {answered} moved")
    return "".join(f"{line}\n" for line in lines)


def left_for_later(result: BehindResult) -> str:
    """Return the line about the repositories that are behind, and not updated now."""
    names = some([*result.left])
    return printable(f"{repositories(len(result.left))} left to a later run: {names}")


def format_resolved(result: ResolveResult, *, style: Style, everything: bool) -> str:
    """Return how many tags were answered for; with *everything*, each that moved."""
    lines: list[str] = []
    if everything:
        rows = {
            key: f"now {digest.abbreviated}" for key, digest in result.moved.items()
        }
        rows |= dict.fromkeys(result.missing, "no longer served")
        lines += [
            f"{style.bold(printable(key.familiar))}  {rows[key]}"
            for key in sorted(rows, key=str)
        ]
    if lines:
        lines.append("")
    answered = result.asked - len(result.failures)
    parts = [f"{len(result.moved)} moved"]
    if result.missing:
        parts.append(f"{len(result.missing)} no longer served")
    if result.kept:
        parts.append(f"{result.kept} kept from before")
    if result.failures:
        parts.append(f"{len(result.failures)} could not be asked")
    lines.append(f"{plural(answered, 'tag')} answered for: {', '.join(parts)}")
    return "".join(f"{line}\n" for line in lines)


def format_statistics(result: Statistics, *, style: Style) -> str:
    """Return the numbers, and tables of what most repositories use."""
    rows = [(label, result.counts[name]) for name, label in _COUNTS.items()]
    rows.append(("could not be read", result.unreadable))
    width = max(len(str(count)) for _, count in rows)
    parts = ["".join(f"{count:>{width}}  {label}\n" for label, count in rows)]
    for title, uses in (("image", result.images), ("registry", result.registries)):
        head = (title, "repositories", "references")
        cells = [
            (printable(use.name), str(use.repositories), str(use.references))
            for use in uses
        ]
        if cells:
            parts.append(format_table([head, *cells], style))
    return "\n".join(parts)


def _digest_lines(locked: LockedDigest, *, everything: bool) -> Iterator[str]:
    release = f"  {printable(locked.release)}" if locked.release else ""
    names = [*map(printable, locked.repositories)]
    if not everything:
        count = repositories(len(names))
        yield f"  {short(locked.digest)}{release}  {count}: {some(names)}"
        return
    yield f"  {short(locked.digest)}{release}"
    yield from (f"    {name}" for name in names)


def _heading(place: LockedPlace) -> tuple[str, str, str, tuple[str, ...]]:
    return place.reference, place.digest, place.severity or "", place.packages


def _nothing(question: str) -> str:
    name = printable(question)
    if is_vulnerability(question):
        return f"no image that was scanned has {name}"
    return f"no repository locks {name}"


def _place_lines(places: list[LockedPlace]) -> Iterator[str]:
    width = max(len(printable(place.repository)) for place in places)
    for place in places:
        notes = [place.platform] if place.platform else []
        if place.unread_reason:
            notes.append(f"as of {place.read_at}")
        details = f"  ({', '.join(notes)})" if notes else ""
        name = printable(place.repository)
        yield f"  {name:{width}}  {printable(place.lockfile + details)}"


def _name(each: Unreadable) -> str:
    return f"{each.repository}: {each.lockfile}" if each.lockfile else each.repository


def some(names: list[str]) -> str:
    """Return the first of *names*, and how many there are besides."""
    rest = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN] if rest > 0 else names)
    return f"{shown} and {rest} more" if rest > 0 else shown
