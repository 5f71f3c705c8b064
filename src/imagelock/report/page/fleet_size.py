"""How much of each repository the page of a fleet shows, so that browsers can show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.report.fleet.as_text import repositories as count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    Fact = tuple[str, list[str]]
    """A label, and the names or texts behind it."""

LARGEST: Final = 4_000_000
"""In characters: the list of repositories. The rest of a page has less than a million."""
_MOST_NAMES: Final = (1_000_000, 100, 30, 10, 3)
"""Names behind a label; the first of these with which the list is small enough counts."""
_FRAME: Final = 400
"""Characters of a repository besides its texts, and of its chips."""
_LABEL: Final = 30
"""Characters around a label and its texts."""


def fitting(
    repositories: Sequence[dict[str, Any]], largest: int = LARGEST
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return *repositories* with less in their `facts`, and notes about what is left out.

    Facts are labels with lists of names, and become labels with texts. Repositories are
    left out if that is not enough: first those that have no `status`.
    """
    first, *fewer = _MOST_NAMES
    most, shown = first, [_shortened(each, first) for each in repositories]
    while fewer and sum(map(_size, shown)) > largest:
        most = fewer.pop(0)
        shown = [_shortened(each, most) for each in repositories]
    kept = _kept(shown, largest)
    notes = []
    if most != first:
        notes.append(
            f"Of a lockfile, {most} images are shown: the page would be too large."
            " `imagelock fleet where` knows the others."
        )
    if missing := len(shown) - len(kept):
        notes.append(
            f"Not shown, as the page would be too large: {count_of(missing)}. The database"
            " has them."
        )
    return [each for number, each in enumerate(shown) if number in kept], notes


def _kept(shown: Sequence[dict[str, Any]], largest: int) -> set[int]:
    """Return the indexes of those that fit into *largest* characters."""
    order = sorted(range(len(shown)), key=lambda number: not shown[number]["status"])
    kept = set()
    for number in order:
        largest -= _size(shown[number])
        if largest < 0:
            break
        kept.add(number)
    return kept


def _shortened(repository: dict[str, Any], most: int) -> dict[str, Any]:
    facts = [(label, _joined(texts, most)) for label, texts in repository["facts"]]
    return {**repository, "facts": facts}


def _joined(texts: Sequence[str], most: int) -> str:
    more = len(texts) - most
    text = ", ".join(texts[:most])
    return f"{text} and {more} more" if more > 0 else text


def _size(repository: dict[str, Any]) -> int:
    texts = sum(_LABEL + len(label) + len(text) for label, text in repository["facts"])
    names = 2 * len(repository["name"]) + len(repository["registry"])
    return _FRAME + names + texts
