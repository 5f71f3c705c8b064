"""How many inputs are generated: a few in CI, and as many as one likes by hand."""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE: Final = "IMAGELOCK_ORACLE_SEEDS"
DEFAULT: Final = "4"


def seeds() -> range:
    """Return the seeds of a run: `4` in the variable are 0 to 3, and `8-12` are those."""
    first, _, last = os.environ.get(VARIABLE, DEFAULT).rpartition("-")
    return range(int(first), int(last) + 1) if first else range(int(last))


def inputs(seed: int, count: int) -> Iterator[tuple[str, Random]]:
    """Yield the name and the random numbers of each input of *seed*."""
    for number in range(count):
        yield f"{seed}-{number}", Random(f"{seed}-{number}")  # noqa: S311
