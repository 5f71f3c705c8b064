"""Changes of a lockfile, as a diff for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.change import ChangeKind
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta

    from imagelock.change import Change
    from imagelock.digest import Digest
    from imagelock.image import Image
    from imagelock.reference import Reference
    from imagelock.seen import Sighting

_TIME: Final = "%Y-%m-%d %H:%M UTC"
_WORDS = {
    ChangeKind.CONTENT: "other content",
    ChangeKind.INDEX_ONLY: "same content, another index",
    ChangeKind.KIND_CHANGED: "another kind of image",
    ChangeKind.DETAILS: "same digest",
}


def text(changes: Sequence[Change], *, style: Style) -> str:
    """Return a line or a block an image: what it was, what it is, on which platform."""
    return "".join("".join(_block(change, style)) for change in changes)


def waiting(sightings: Mapping[Reference, Sighting], age: timedelta) -> str:
    """Return a line for each image with a new digest that is not known for *age*."""
    return "".join(
        f"waiting: {printable(key.familiar)}  {one.digest.algorithm}:{one.digest.short}"
        f"  seen {one.since:{_TIME}}, locked from {one.since + age:{_TIME}}\n"
        for key, one in sorted(sightings.items(), key=lambda item: str(item[0]))
    )


def _block(change: Change, style: Style) -> Iterator[str]:
    name = style.bold(printable(change.reference.familiar))
    old, new = change.old, change.new
    if old is None or new is None:
        image = new or old
        sign = style.red("-") if new is None else style.green("+")
        yield f"{sign} {name}{_whole(image) if image else ''}\n"
        return
    word = style.dim(_WORDS[change.kind])
    yield f"{style.yellow('~')} {name}  {word}{_pair(old.release, new.release)}\n"
    yield from _digests(change)
    yield from _origin(old, new)


def _whole(image: Image) -> str:
    """Return what an image is, in one line."""
    platforms = ", ".join(str(manifest.platform) for manifest in image.platforms)
    parts = (image.release, f"{image.digest.algorithm}:{image.digest.short}", platforms)
    return "".join(f"  {printable(part)}" for part in parts if part)


def _digests(change: Change) -> Iterator[str]:
    old, new = change.old, change.new
    rows: list[tuple[str, Digest | None, Digest | None]] = []
    if old and new and old.digest != new.digest:
        rows.append(("index" if new.is_index else "manifest", old.digest, new.digest))
    rows += [(str(p.platform), p.old, p.new) for p in change.platforms]
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, before, after in rows:
        yield f"    {name:<{width}}  {_move(before, after)}\n"
    moved = {p.platform for p in change.platforms}
    same = (
        [str(m.platform) for m in new.platforms if m.platform not in moved]
        if new
        else []
    )
    if same and rows:
        yield f"    unchanged: {', '.join(same)}\n"


def _move(old: Digest | None, new: Digest | None) -> str:
    before = f"{old.algorithm}:{old.short}" if old else "not there"
    return f"{before} -> {f'{new.algorithm}:{new.short}' if new else 'gone'}"


def _pair(old: str | None, new: str | None) -> str:
    if old and new and old != new:
        return f"  {printable(old)} -> {printable(new)}"
    return f"  {printable(new or old or '')}" if new or old else ""


def _origin(old: Image, new: Image) -> Iterator[str]:
    """Yield the source revision, where the publisher names it and it moved."""
    if new.revision and old.revision != new.revision:
        before = f"{printable(old.revision)[:12]} -> " if old.revision else ""
        yield f"    revision: {before}{printable(new.revision)[:12]}\n"
