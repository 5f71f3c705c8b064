"""The bases of images as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.commands.bases import STALE, BaseState
from imagelock.report.style import Style, plural, printable
from imagelock.report.table import format_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.commands.bases import BaseStatus

_HEAD: Final = ("image", "base", "status", "")


def format_bases(
    statuses: Sequence[BaseStatus], *, style: Style, everything: bool
) -> str:
    """Return a table of the bases that moved, and how many are unknown.

    With *everything*, the table includes all bases.
    """
    listed = [each for each in statuses if everything or each.state in STALE]
    table = format_table([_HEAD, *map(_cells, listed)], style) if listed else ""
    stale = _images(each for each in statuses if each.state in STALE)
    hint = ""
    if stale:
        names = ", ".join(f"`{name}`" for name in stale)
        text = f"hint: build {names} again, or wait for new content"
        hint = style.labeled(f"{text} from the publisher\n")
    unknown = _images(each for each in statuses if each.state is BaseState.UNKNOWN)
    images = plural(len(_images(statuses)), "image")
    verb = "has" if len(stale) == 1 else "have"
    count = f"{len(stale)} of {images} {verb} a base that moved"
    if unknown:
        count += f"; {len(unknown)} with a base that is unknown"
        count += "" if everything else " (`-v` shows why)"
    return "\n".join(part for part in (table, hint, f"{count}\n") if part)


def _images(statuses: Iterable[BaseStatus]) -> list[str]:
    keys = dict.fromkeys(each.built_on.reference for each in statuses)
    return [printable(key.familiar) for key in keys]


def _cells(status: BaseStatus) -> tuple[str, ...]:
    base = status.built_on.base.reference
    old = base.digest if base else None
    detail = status.reason or ""
    if status.state is BaseState.MOVED and old and status.now:
        detail = f"{old.abbreviated} -> {status.now.abbreviated}"
    return (
        printable(status.built_on.reference.familiar),
        printable(base.key.familiar) if base else "-",
        status.state.value,
        printable(detail),
    )
