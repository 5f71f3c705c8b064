"""The counts of all oracles, added up for the end of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROPERTY: Final = "oracle"
"""The property of a test that has the name of its oracle and the counts."""


def lines(properties: Iterable[tuple[str, object]]) -> Iterator[str]:
    """Yield a line for each oracle among the *properties* of all tests."""
    counts: dict[str, Counter[str]] = {}
    for name, value in properties:
        if name == PROPERTY and isinstance(value, tuple):
            oracle, counted = value
            counts.setdefault(oracle, Counter()).update(counted)
    for oracle, total in sorted(counts.items()):
        details = ", ".join(f"{n} {what}" for what, n in sorted(total.items()))
        yield f"{oracle}: {details}"
