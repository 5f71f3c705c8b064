"""Lockfile changes as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.commands.diff import LockDiff
from imagelock.dataclass import dataclass, field, replace
from imagelock.model.change import ChangeKind
from imagelock.report.facts import (
    RELEASE,
    UNSIGNED,
    change_label,
    changed_facts,
    changed_release,
    source_link,
)
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import timedelta
    from pathlib import PurePosixPath

    from imagelock.commands.history.earlier_moves import EarlierMoves
    from imagelock.commands.lock_resolution import LockResult
    from imagelock.commands.scanning.scanned_update import Comparison
    from imagelock.errors import RegistryError
    from imagelock.lockfile.model import Lockfile
    from imagelock.lockfile.sightings import DigestSighting
    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import MirrorUse

_TIME: Final = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The report of `lock`, `update` and `diff`.

    `index_only_skipped` are the changes that were not locked because only an index
    changed. `failures` are those of the `asked` images that could not be asked for, and
    `findings` what must be fixed in the files. `mirrors` answered for a registry.
    `places` are where the files use each image that changed. `lockfiles` are the new
    lockfiles, of each project; they identify the report. `comparisons` are what a
    scanner says of new content, and `earlier` how the images moved before.
    """

    changes: Sequence[Change]
    index_only_skipped: Sequence[Change] = ()
    failures: Mapping[Reference, RegistryError] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    mirrors: Sequence[MirrorUse] = ()
    places: Mapping[Reference, Sequence[Place]] = field(default_factory=dict)
    asked: int = 0
    lockfiles: Sequence[Lockfile] = ()
    comparisons: Mapping[Reference, Comparison] = field(default_factory=dict)
    earlier: EarlierMoves | None = None

    @classmethod
    def of(cls, result: LockResult | LockDiff) -> Changes:
        """Return the report of a `lock` or `update` run, or of a `diff`."""
        if isinstance(result, LockDiff):
            return cls(changes=result.changes, lockfiles=[result.lockfile])
        return cls(
            changes=result.changes,
            index_only_skipped=result.index_only_skipped,
            failures=result.failures,
            asked=result.asked,
            lockfiles=[result.lockfile],
        )


def merged_changes(reports: Mapping[PurePosixPath, Changes]) -> Changes:
    """Return the reports of several projects, by their folders, as one.

    Equal changes are in it once, and paths are from the root of the folders.
    """
    # Most runs are in one project.
    from imagelock.commands.workspace import finding_from_root, from_root

    places: dict[Reference, list[Place]] = {}
    findings: list[Finding] = []
    for folder, report in reports.items():
        findings += [finding_from_root(each, folder) for each in report.findings]
        for key, own in report.places.items():
            places.setdefault(key, []).extend(from_root(place, folder) for place in own)
    return _joined([*reports.values()], findings, places)


def _joined(
    reports: Sequence[Changes],
    findings: Sequence[Finding],
    places: Mapping[Reference, Sequence[Place]],
) -> Changes:
    return Changes(
        changes=_distinct(change for report in reports for change in report.changes),
        index_only_skipped=_distinct(
            change for report in reports for change in report.index_only_skipped
        ),
        failures={k: e for report in reports for k, e in report.failures.items()},
        findings=findings,
        places=places,
        mirrors=sorted({use for report in reports for use in report.mirrors}),
        asked=sum(report.asked for report in reports),
        lockfiles=[file for report in reports for file in report.lockfiles],
        comparisons={k: c for report in reports for k, c in report.comparisons.items()},
        earlier=_earlier([each.earlier for each in reports if each.earlier]),
    )


def _earlier(every: Sequence[EarlierMoves]) -> EarlierMoves | None:
    """Return the moves of several projects as those of one."""
    if not every:
        return None
    return replace(
        every[0],
        timelines={k: t for each in every for k, t in each.timelines.items()},
        is_shallow=any(each.is_shallow for each in every),
    )


def _distinct(changes: Iterable[Change]) -> list[Change]:
    return list({identity(change): change for change in changes}.values())


def identity(change: Change) -> object:
    """Return what equal changes of several projects have in common, as a key."""
    old = change.old and change.old.digest
    new = change.new and change.new.digest
    return change.reference, change.kind, old, new


def format_changes(
    changes: Sequence[Change],
    *,
    style: Style,
    comparisons: Mapping[Reference, Comparison] | None = None,
    known: Container[object] = (),
) -> str:
    """Return a line for each added or removed image, and a block for each other change.

    *comparisons* are what a scanner says of them. Changes whose `identity` is *known*
    were shown before: they have a single line.
    """
    found = comparisons or {}
    return "".join(
        _again(change, style)
        if identity(change) in known
        else "".join(_block(change, style, found.get(change.reference)))
        for change in changes
    )


def format_index_only(skipped: Sequence[Change]) -> str:
    """Return a note on the index-only changes that were not locked, or `""`."""
    if not skipped:
        return ""
    names = ", ".join(printable(change.reference.familiar) for change in skipped)
    return (
        f"note: only the index changed for {names}: not updated"
        " (use `--index` to update)\n"
    )


def format_waiting(waiting: Mapping[Reference, DigestSighting], age: timedelta) -> str:
    """Return a line for each image whose new digest was first seen less than *age* ago."""
    return "".join(
        f"waiting: {printable(key.familiar)}"
        f"  {sighting.digest.abbreviated}"
        f"  seen {sighting.since:{_TIME}}, locked from {sighting.since + age:{_TIME}}\n"
        for key, sighting in sorted(waiting.items(), key=lambda item: str(item[0]))
    )


def _again(change: Change, style: Style) -> str:
    """Return a line about *change*, which was shown before."""
    first, *details = _block(change, style, None)
    return f"{first.rstrip()}  {style.dim('as above')}\n" if details else first


def _block(
    change: Change, style: Style, comparison: Comparison | None
) -> Iterator[str]:
    name = style.bold(printable(change.reference.familiar))
    old, new = change.old, change.new
    if old is None or new is None:
        image = new or old
        marker = style.red("-") if new is None else style.green("+")
        yield f"{marker} {name}{_summary(image) if image else ''}\n"
        return
    if change.kind is ChangeKind.TAG_BUMPED:
        name = f"{printable(old.reference.familiar)} -> {name}"
    label = style.dim(change_label(change))
    release = changed_release(change)
    pair = _pair(release.before, release.after) if release else _pair("", new.release)
    yield f"{style.magenta('~')} {name}  {label}{pair}\n"
    yield from _digests(change)
    if comparison:
        yield f"    vulnerabilities: {printable(comparison.words)}\n"
    yield from _details(change)


def _summary(image: Image) -> str:
    platforms = ", ".join(str(manifest.platform) for manifest in image.platforms)
    parts = (image.release, image.digest.abbreviated, platforms)
    return "".join(f"  {printable(part)}" for part in parts if part)


def changed_digests(change: Change) -> list[tuple[str, Digest | None, Digest | None]]:
    """Return the name, old and new digest of each changed index, manifest or platform."""
    old, new = change.old, change.new
    rows: list[tuple[str, Digest | None, Digest | None]] = []
    if old and new and old.digest != new.digest:
        rows.append(("index" if new.is_index else "manifest", old.digest, new.digest))
    return rows + [(str(p.platform), p.old, p.new) for p in change.platforms]


def short_digest(digest: Digest | None, placeholder: str) -> str:
    """Return `sha256:` and twelve hex digits, or *placeholder* without a digest."""
    return digest.abbreviated if digest else placeholder


def _digests(change: Change) -> Iterator[str]:
    rows = changed_digests(change)
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, before, after in rows:
        old, new = short_digest(before, "none"), short_digest(after, "removed")
        yield f"    {name:<{width}}  {old} -> {new}\n"
    unchanged = unchanged_platforms(change)
    if unchanged and rows:
        yield f"    unchanged: {', '.join(unchanged)}\n"


def unchanged_platforms(change: Change) -> list[str]:
    """Return the names of the platforms whose manifest stays the same."""
    changed = {p.platform for p in change.platforms}
    manifests = change.new.platforms if change.new else ()
    return [str(m.platform) for m in manifests if m.platform not in changed]


def _pair(old: str | None, new: str | None) -> str:
    if old and new and old != new:
        return f"  {printable(old)} -> {printable(new)}"
    return f"  {printable(new or old or '')}" if new or old else ""


def _details(change: Change) -> Iterator[str]:
    """Yield the changed facts about the image, and the link to its source."""
    for fact in changed_facts(change):
        if fact.name != RELEASE:
            before = f"{printable(fact.before)} -> " if fact.before else ""
            origin = f" ({UNSIGNED})" if fact.is_unsigned else ""
            after = f"{printable(fact.after)}{origin}"
            yield f"    {printable(fact.name)}: {before}{after}\n"
    if url := source_link(change):
        yield f"    source: {url}\n"
    if change.details and change.details.missing_reason:
        yield f"    not compared: {printable(change.details.missing_reason)}\n"
