"""The number of references of each format, image or registry, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.report.style import Style, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.commands.list_groups import ReferenceGroup

_GAP: Final = "  "
_PLACES: Final = "places"
_APART: Final = f"{_GAP}|{_GAP}"
_FEWEST: Final = 20
"""The rows that are below each other, before others are beside them."""


def format_groups(
    groups: Sequence[ReferenceGroup], total: ReferenceGroup, by: str, *, style: Style
) -> str:
    """Return a line for each of *groups*, and one for the *total*.

    Columns with no number are left out. On a terminal that is wide enough, parts of a
    long table are side by side.
    """
    if not total.counts[_PLACES]:
        return ""
    counted = [
        name for name in total.counts if any(group.counts[name] for group in groups)
    ]
    # The words of a head are below each other, so that more has a place beside it.
    heads = [("", by.upper()), *(_head(name) for name in counted)]
    rows = [
        [printable(group.name), *(str(group.counts[name] or "-") for name in counted)]
        for group in groups
    ]
    columns = zip(*rows, strict=True) if rows else ()
    widths = [
        max(map(len, (*head, *column)))
        for head, column in zip(heads, columns, strict=False)
    ]
    parts = _parts(rows, sum(widths) + len(_GAP) * len(counted), style.width)
    lines = [
        style.bold(_APART.join(_line(head, widths) for _ in parts).rstrip())
        for head in zip(*heads, strict=True)
        if any(head)
    ]
    lines += [
        _APART.join(_line(row, widths) for row in beside)
        for beside in _side_by_side(parts)
    ]
    numbers = ", ".join(
        f"{count} {name}"
        for name, count in total.counts.items()
        if count and name not in {"files", _PLACES}
    )
    files = plural(total.counts["files"], "file")
    end = f"{plural(total.counts[_PLACES], 'place')} in {files}: {numbers}"
    table = lines if rows else []
    return "".join(f"{line}\n" for line in (*table, end))


def _head(name: str) -> tuple[str, str]:
    first, _, second = name.upper().partition("-")
    return (first, second) if second else ("", first)


def _parts(
    rows: list[list[str]], width: int, terminal: int | None
) -> list[list[list[str]]]:
    """Return *rows* in as many parts as have a place in a *terminal*."""
    most = max(1, ((terminal or 0) + len(_APART)) // (width + len(_APART)))
    number = min(most, -(-len(rows) // _FEWEST)) or 1
    height = -(-len(rows) // number)
    return [rows[at : at + height] for at in range(0, len(rows), height or 1)]


def _side_by_side(parts: list[list[list[str]]]) -> Iterator[list[list[str]]]:
    for number in range(len(parts[0]) if parts else 0):
        yield [part[number] for part in parts if number < len(part)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Return *cells* padded: a name on the left, and numbers on the right."""
    name, *numbers = (
        f"{cell:<{width}}" if not at else f"{cell:>{width}}"
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return _GAP.join((name, *numbers))
