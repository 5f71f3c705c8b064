"""Changes of a lockfile, as a diff for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.change import ChangeKind
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.change import Change
    from imagelock.digest import Digest
    from imagelock.image import Image

_WORDS = {
    ChangeKind.ADDED: "new",
    ChangeKind.REMOVED: "no longer used",
    ChangeKind.CONTENT: "other content",
    ChangeKind.INDEX_ONLY: "same content, another index",
    ChangeKind.KIND_CHANGED: "another kind of image",
    ChangeKind.DETAILS: "same digest",
}


def text(changes: Sequence[Change], *, style: Style) -> str:
    """Return a block an image: what it was, what it is, and for which platform."""
    return "\n".join("".join(_block(change, style)) for change in changes)


def _block(change: Change, style: Style) -> Iterator[str]:
    sign, paint = {
        ChangeKind.ADDED: ("+", style.green),
        ChangeKind.REMOVED: ("-", style.red),
    }.get(change.kind, ("~", style.yellow))
    release = _pair(
        change.old.release if change.old else None,
        change.new.release if change.new else None,
    )
    head = f"{paint(sign)} {style.bold(printable(change.reference.familiar))}"
    yield f"{head}  {style.dim(_WORDS[change.kind])}{release}\n"
    yield from _digests(change)
    yield from _origin(change)


def _digests(change: Change) -> Iterator[str]:
    old, new = change.old, change.new
    rows: list[tuple[str, Digest | None, Digest | None]] = []
    before, after = old.digest if old else None, new.digest if new else None
    if before != after:
        rows.append((_kind(new or old), before, after))
    rows += [(str(p.platform), p.old, p.new) for p in change.platforms]
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, before, after in rows:
        yield f"    {name:<{width}}  {_move(before, after)}\n"
    if change.kind in {ChangeKind.CONTENT, ChangeKind.INDEX_ONLY} and new is not None:
        moved = {p.platform for p in change.platforms}
        same = [str(m.platform) for m in new.platforms if m.platform not in moved]
        if same:
            yield f"    unchanged: {', '.join(same)}\n"


def _kind(image: Image | None) -> str:
    return "index" if image is not None and image.is_index else "manifest"


def _move(old: Digest | None, new: Digest | None) -> str:
    if old is None:
        return f"{new.algorithm}:{new.short}" if new else "nothing"
    before = f"{old.algorithm}:{old.short}"
    return f"{before} -> {f'{new.algorithm}:{new.short}' if new else 'gone'}"


def _pair(old: str | None, new: str | None) -> str:
    if old and new and old != new:
        return f"  {printable(old)} -> {printable(new)}"
    return f"  {printable(new or old or '')}" if new or old else ""


def _origin(change: Change) -> Iterator[str]:
    """Yield the source revision, where the publisher names it and it moved."""
    old, new = change.old, change.new
    if old and new and new.revision and old.revision != new.revision:
        before = f"{printable(old.revision)[:12]} -> " if old.revision else ""
        yield f"    revision: {before}{printable(new.revision)[:12]}\n"
