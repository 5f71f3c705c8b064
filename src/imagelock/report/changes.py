"""Changes of a lockfile, as a diff for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imagelock.model.change import ChangeKind
from imagelock.report.facts import facts, source_link, word
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imagelock.errors import ImagelockError
    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What `lock`, `update` and `diff` report.

    `left` are changes of an index that were not taken. `lockfile` is the text of
    the new lockfile, which marks the report.
    """

    changes: Sequence[Change]
    left: Sequence[Change] = ()
    failures: Mapping[Reference, ImagelockError] = field(default_factory=dict)
    lockfile: str = ""


def text(changes: Sequence[Change], *, style: Style) -> str:
    """Return a line or a block an image: what it was, what it is, on which platform."""
    return "".join("".join(_block(change, style)) for change in changes)


def left_text(left: Sequence[Change]) -> str:
    """Return a note on what was not taken, or nothing."""
    if not left:
        return ""
    names = ", ".join(printable(change.reference.familiar) for change in left)
    return (
        f"note: only the index moved of {names}: left as it is"
        " (`--index` takes it, too)\n"
    )


def _block(change: Change, style: Style) -> Iterator[str]:
    name = style.bold(printable(change.reference.familiar))
    old, new = change.old, change.new
    if old is None or new is None:
        image = new or old
        sign = style.red("-") if new is None else style.green("+")
        yield f"{sign} {name}{_whole(image) if image else ''}\n"
        return
    if change.kind is ChangeKind.TAG_BUMPED:
        name = f"{printable(old.reference.familiar)} -> {name}"
    kind = style.dim(word(change))
    release = next((f for f in facts(change) if f.name == "release"), None)
    pair = _pair(release.before, release.after) if release else _pair("", new.release)
    yield f"{style.yellow('~')} {name}  {kind}{pair}\n"
    yield from _digests(change)
    yield from _details(change)


def _whole(image: Image) -> str:
    """Return what an image is, in one line."""
    platforms = ", ".join(str(manifest.platform) for manifest in image.platforms)
    parts = (image.release, image.digest.abbreviated, platforms)
    return "".join(f"  {printable(part)}" for part in parts if part)


def digests(change: Change) -> list[tuple[str, Digest | None, Digest | None]]:
    """Return what moved, by name: the index or manifest, and the platforms."""
    old, new = change.old, change.new
    rows: list[tuple[str, Digest | None, Digest | None]] = []
    if old and new and old.digest != new.digest:
        rows.append(("index" if new.is_index else "manifest", old.digest, new.digest))
    return rows + [(str(p.platform), p.old, p.new) for p in change.platforms]


def shown(digest: Digest | None, instead: str) -> str:
    """Return the short form of *digest*, or what to say *instead* of one."""
    return digest.abbreviated if digest else instead


def _digests(change: Change) -> Iterator[str]:
    rows = digests(change)
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, before, after in rows:
        move = f"{shown(before, 'not there')} -> {shown(after, 'gone')}"
        yield f"    {name:<{width}}  {move}\n"
    same = unchanged(change)
    if same and rows:
        yield f"    unchanged: {', '.join(same)}\n"


def unchanged(change: Change) -> list[str]:
    """Return the names of the platforms that get what they got."""
    moved = {p.platform for p in change.platforms}
    manifests = change.new.platforms if change.new else ()
    return [str(m.platform) for m in manifests if m.platform not in moved]


def _pair(old: str | None, new: str | None) -> str:
    if old and new and old != new:
        return f"  {printable(old)} -> {printable(new)}"
    return f"  {printable(new or old or '')}" if new or old else ""


def _details(change: Change) -> Iterator[str]:
    """Yield what is known of the inside of the image, and of its source."""
    for fact in facts(change):
        if fact.name != "release":
            before = f"{printable(fact.before)} -> " if fact.before else ""
            yield f"    {printable(fact.name)}: {before}{printable(fact.after)}\n"
    if page := source_link(change):
        yield f"    source: {page}\n"
    if change.details and change.details.missing_reason:
        yield f"    not compared: {printable(change.details.missing_reason)}\n"
