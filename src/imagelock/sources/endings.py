"""Which sources may read a file, without asking each of them for each file.

A repository has thousands of files that no source reads, and the ending of the
name tells that of nearly all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imagelock.sources.catalog import fits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.sources.catalog import CatalogEntry

_Patterns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuffixIndex:
    """The *sources* in their order, by the endings that their patterns name.

    An ending is what follows the last dot of a name, with the dot.
    """

    sources: Sequence[CatalogEntry]
    _known: dict[str, tuple[tuple[CatalogEntry, _Patterns], ...]] = field(
        default_factory=dict
    )

    def candidates(self, path: PurePosixPath) -> list[CatalogEntry]:
        """Return those of the sources that `may_match` the file at *path*."""
        parts = str(path).lower().split("/")
        ending = _ending(parts[-1])
        if ending not in self._known:
            self._known[ending] = tuple(self._with(ending))
        return [
            source
            for source, patterns in self._known[ending]
            if (not patterns or any(fits(parts, pattern) for pattern in patterns))
            and source.admits(path)
        ]

    def _with(self, ending: str) -> Iterator[tuple[CatalogEntry, _Patterns]]:
        """Yield each source that may read a file with *ending*, and what else it needs.

        That is one of these patterns, or nothing if the ending is all.
        """
        for source in self.sources:
            patterns = tuple(p for p in source.files if _may_end(p, ending))
            if any(pattern in {"*", f"*{ending}"} for pattern in patterns):
                yield source, ()
            elif patterns:
                yield source, patterns


def _may_end(pattern: str, ending: str) -> bool:
    """Tell whether a name with *ending* can be what *pattern* says."""
    tail = pattern.rpartition("/")[2].rpartition("*")[2]
    if "." in tail or "*" not in pattern.rpartition("/")[2]:
        return _ending(tail) == ending
    # The last dot may be before the tail, in what the `*` stands for.
    return ending.endswith(tail) or not ending


def _ending(name: str) -> str:
    return name[at:] if (at := name.rfind(".")) >= 0 else ""
