"""Which formats a file may be of, and which of them it is."""

from __future__ import annotations

import re

from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.model.file_kind import TEMPLATE_SUFFIXES, rendered
from imagelock.sources.file_patterns import suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.sources.catalog import CatalogEntry
    from imagelock.sources.file_patterns import FilePattern

_OBJECT: Final = (
    r"(?:[ \t]*+(?:\#[^\n]*+|\r)?\n|---[ \t]*+\r?\n)*+"
    r"""(?:\{\s*+)?["']?(?:apiVersion|kind)["']?[ \t]*+:"""
)
"""Comments and blank lines, and then the first key of an object."""


def first_match(
    candidates: Iterable[CatalogEntry], path: PurePosixPath, text: str
) -> CatalogEntry | None:
    """Return the first of *candidates* that reads a file with this *text*, if any.

    Most YAML is objects, and looking for the keywords of all formats in their text took
    longer than reading it.
    """
    if re.match(_OBJECT, text):
        candidates = (entry for entry in candidates if entry.objects)
    return next((entry for entry in candidates if entry.matches(path, text)), None)


@dataclass(frozen=True, slots=True)
class SuffixIndex:
    """The *entries* in their order, by the suffixes that their patterns allow.

    A repository has thousands of files that no source reads, and the suffix of
    the name excludes nearly all of them. A suffix begins with the last dot of a name.
    """

    entries: Sequence[CatalogEntry]
    _by_suffix: dict[str, tuple[_SuffixEntry, ...]] = field(default_factory=dict)

    def candidates(self, path: PurePosixPath) -> list[CatalogEntry]:
        """Return the entries that `may_match` the file at *path*."""
        found = self._named(path)
        # A look at the text first: this runs for each file of a repository.
        is_template = suffix_of(str(path)).lower() in TEMPLATE_SUFFIXES
        if is_template and (inner := rendered(path)) != path:
            names = {entry.name for entry in found}
            names.update(entry.name for entry in self._named(inner) if entry.templates)
            found = [entry for entry in self.entries if entry.name in names]
        return [entry for entry in found if entry.admits(path)]

    def _named(self, path: PurePosixPath) -> list[CatalogEntry]:
        """Return the entries with a pattern of *path*."""
        text = str(path)
        parts, lower_text = text.split("/"), text.lower()
        lower = lower_text.split("/")
        suffix = suffix_of(lower[-1])
        if suffix not in self._by_suffix:
            self._by_suffix[suffix] = tuple(self._with(suffix))
        return [
            indexed.entry
            for indexed in self._by_suffix[suffix]
            if indexed.allows(parts, lower, lower_text)
        ]

    def _with(self, suffix: str) -> Iterator[_SuffixEntry]:
        """Yield each entry that may read files with *suffix*."""
        for entry in self.entries:
            patterns = tuple(p for p in entry.patterns if p.may_end(suffix))
            if any(pattern.is_suffix(suffix) for pattern in patterns):
                yield _SuffixEntry(entry, (), ())
            elif patterns:
                literals = dict.fromkeys(pattern.literal for pattern in patterns)
                yield _SuffixEntry(entry, patterns, tuple(literals))


@dataclass(frozen=True, slots=True)
class _SuffixEntry:
    """An entry and its *patterns* for one suffix; none if it may read every file."""

    entry: CatalogEntry
    patterns: tuple[FilePattern, ...]
    literals: tuple[str, ...]

    def allows(self, parts: list[str], lower: list[str], text: str) -> bool:
        """Return whether a path has one of the patterns; *text* is in lower case."""
        if not self.patterns:
            return True
        # Loops of their own: this runs for each file of a repository.
        for literal in self.literals:
            if literal in text:
                break
        else:
            return False
        return any(pattern.matches(parts, lower) for pattern in self.patterns)
