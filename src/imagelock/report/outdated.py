"""Newer tags and moved digests, as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from imagelock.report.findings import plural
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.errors import ImagelockError
    from imagelock.model.newer_tags import TagStatus
    from imagelock.model.reference import Reference

_HEAD: Final = ("image", "current", "patch", "minor", "major", "digest")


def text(standings: Sequence[TagStatus], *, style: Style, everything: bool) -> str:
    """Return a table of the images that have news, and a line that counts them.

    *everything* shows the others, too.
    """
    news = [one for one in standings if not one.is_current]
    shown = list(standings) if everything else news
    count = f"{plural(len(news), 'image')} of {len(standings)} with news\n"
    if not shown:
        return f"{plural(len(standings), 'image')}, nothing newer\n"
    rows = [_HEAD, *map(_cells, shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *lines = [
        "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    hints = [
        f"{style.cyan('hint:')} {_name(one)}: {printable(one.hint)}"
        for one in shown
        if one.hint
    ]
    table = "\n".join([style.bold(head), *lines, *([""] if hints else []), *hints])
    return f"{table}\n\n{count}"


def as_json(
    standings: Sequence[TagStatus], failures: Mapping[Reference, ImagelockError]
) -> str:
    """Return the output of `outdated --format json`."""
    images = [
        {
            "reference": str(one.reference),
            "tag": one.reference.tag,
            "patch": one.newest.patch,
            "minor": one.newest.minor,
            "major": one.newest.major,
            "digest_moved": one.digest_moved,
        }
        for one in standings
    ]
    failed = [
        {"reference": str(key), "message": str(error), "hint": error.hint}
        for key, error in failures.items()
    ]
    document = {"version": 1, "images": images, "failures": failed}
    return json.dumps(document, indent=2) + "\n"


def _name(one: TagStatus) -> str:
    return printable(one.reference.familiar)


def _cells(one: TagStatus) -> tuple[str, ...]:
    newest = one.newest
    moved = {True: "moved", False: "same", None: "-"}[one.digest_moved]
    tags = (one.reference.tag, newest.patch, newest.minor, newest.major)
    return (_repository(one.reference), *(cell or "-" for cell in tags), moved)


def _repository(key: Reference) -> str:
    """Return the name of *key* without its tag, or with the start of its digest."""
    if key.tag is not None:
        return printable(key.familiar.removesuffix(f":{key.tag}"))
    name = printable(key.familiar.partition("@")[0])
    return f"{name}@{key.digest.abbreviated}" if key.digest else name
