"""Which source reads a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from imagelock.project.gitignore import patterns
from imagelock.sources import SOURCES
from imagelock.sources.catalog import SuffixIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePosixPath

    from pathspec import GitIgnoreSpec

    from imagelock.config.schema_tables import SourceConfig
    from imagelock.sources.catalog import CatalogEntry


@dataclass(frozen=True, slots=True)
class SourceSelection:
    """The sources in the order of their precedence, and what a project says of them.

    `disabled` are the names of those that read nothing: what they know as theirs
    no other source reads. `given` are the files that a source reads whatever is
    in them.
    """

    sources: tuple[CatalogEntry, ...] = tuple(SOURCES.values())
    disabled: frozenset[str] = frozenset()
    given: tuple[tuple[GitIgnoreSpec, CatalogEntry], ...] = ()
    _index: SuffixIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", SuffixIndex(self.sources))

    @classmethod
    def of(cls, settings: Mapping[str, SourceConfig]) -> Self:
        """Return the choice by *settings*, which may name sources of other packages.

        Those are asked before the built-in ones.

        Raises:
            ConfigurationError: such a source cannot be loaded, or a pattern is none.
        """
        others = {name: _other(name) for name in settings if name not in SOURCES}
        sources = {**others, **SOURCES}
        return cls(
            sources=tuple(sources.values()),
            disabled=frozenset(n for n, one in settings.items() if not one.enabled),
            given=tuple(
                (patterns(one.paths), sources[name])
                for name, one in settings.items()
                if one.enabled and one.paths
            ),
        )

    def candidates(self, path: PurePosixPath) -> list[CatalogEntry]:
        """Return the sources that may read the file at *path*."""
        if (source := self._given(path)) is not None:
            return [source]
        return self._index.candidates(path)

    def choose(
        self, path: PurePosixPath, text: str, candidates: Iterable[CatalogEntry]
    ) -> CatalogEntry | None:
        """Return that of *candidates* which reads the file with this *text*.

        Of a file whose text is not known (`""`), the one that knows it by its name.
        """
        if (source := self._given(path)) is not None:
            return source
        chosen = next((s for s in candidates if s.matches(path, text)), None)
        return None if chosen is None or chosen.name in self.disabled else chosen

    def _given(self, path: PurePosixPath) -> CatalogEntry | None:
        return next((s for spec, s in self.given if spec.match_file(path)), None)


def _other(name: str) -> CatalogEntry:
    from imagelock.sources.plugins import load  # noqa: PLC0415 - most need none

    return load(name)
