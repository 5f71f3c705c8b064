"""Newer tags and moved digests as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.report.style import Style, plural, printable
from imagelock.report.table import format_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.newer_tags import TagStatus
    from imagelock.model.reference import Reference

_HEAD: Final = ("image", "current", "patch", "minor", "major", "digest")


def format_updates(
    statuses: Sequence[TagStatus], *, style: Style, everything: bool
) -> str:
    """Return a table of the images that have updates, and their count.

    With *everything*, the table includes the images without updates.
    """
    updates = [status for status in statuses if not status.is_current]
    listed = list(statuses) if everything else updates
    images = plural(len(statuses), "image")
    count = (
        f"{len(updates)} of {images} {'has' if len(updates) == 1 else 'have'} updates\n"
    )
    if not listed:
        return f"{images} up to date\n"
    table = format_table([_HEAD, *map(_cells, listed)], style)
    hints = [
        style.labeled(f"hint: {_name(status)}: {printable(status.hint)}")
        for status in listed
        if status.hint
    ]
    block = "".join(f"{line}\n" for line in ["", *hints] if hints)
    return f"{table}{block}\n{count}"


def _name(status: TagStatus) -> str:
    return printable(status.reference.familiar)


def _cells(status: TagStatus) -> tuple[str, ...]:
    newest = status.newest
    moved = {True: "moved", False: "same", None: "-"}[status.digest_moved]
    tags = (status.reference.tag, newest.patch, newest.minor, newest.major)
    return (_repository(status.reference), *(cell or "-" for cell in tags), moved)


def _repository(key: Reference) -> str:
    """Return the name of *key* without its tag, or with the start of its digest."""
    if key.tag is not None:
        return printable(key.familiar.removesuffix(f":{key.tag}"))
    name = printable(key.familiar.partition("@")[0])
    return f"{name}@{key.digest.abbreviated}" if key.digest else name
