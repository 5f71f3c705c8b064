"""Why an image is locked: its entry, and every place that names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagelock.model.occurrence import Skipped
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.report.listing import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One image: its entry in the lock, if it has one, and where it is named.

    `rows` have what is skipped, too, if it is written as this image.
    """

    key: Reference
    image: Image | None
    rows: Sequence[Row]


def text(explanations: Sequence[Explanation], *, style: Style) -> str:
    """Return a block for each image."""
    return "\n".join("".join(_block(one, style)) for one in explanations)


def _block(one: Explanation, style: Style) -> Iterator[str]:
    yield f"{style.bold(str(one.key))}\n"
    if one.image is None:
        yield "  not locked\n"
    else:
        platforms = ", ".join(
            str(manifest.platform) for manifest in one.image.platforms
        )
        release = (
            f", release {printable(one.image.release)}" if one.image.release else ""
        )
        yield f"  locked to {style.green(str(one.image.digest))}\n"
        if platforms:
            yield f"    for {platforms}{release}\n"
    for held in sorted({row.held for row in one.rows if row.held}):
        yield f'  held by `[images."{printable(held)}"]`: `update` leaves it\n'
    if not one.rows:
        yield "  no file names it\n"
    for row in one.rows:
        yield from _use(row.found, style)


def _use(found: Found, style: Style) -> Iterator[str]:
    place = found.place
    where = printable(place.label)
    written = printable(" ".join(place.text.split()))
    if isinstance(found, Skipped):
        yield f"  {found.reason.slug} at {style.bold(where)}: {printable(found.detail)}\n"
        return
    yield f"  used at {style.bold(where)}: `{written}`, by {place.format}\n"
    for use in place.uses:
        yield f"    as {printable(use)}\n"
    origins = dict(found.origins)
    for name in found.variables:
        known = origins.get(name)
        source = f", set by {printable(known)}" if known else ""
        yield f"    decided by {printable(name)}{source}\n"
    if place.ignores:
        yield f"    without {', '.join(sorted(place.ignores))}\n"
