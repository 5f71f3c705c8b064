"""Select the source that reads a file."""

from __future__ import annotations

from functools import cached_property

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Self
from imagelock.project.gitignore import compile_patterns
from imagelock.sources import SHELL, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePosixPath

    from pathspec import GitIgnoreSpec

    from imagelock.config.schema_tables import SourceConfig
    from imagelock.sources.candidates import SuffixIndex
    from imagelock.sources.catalog import CatalogEntry


@dataclass(frozen=True)
class SourceSelection:
    """The sources in the order of their precedence, and the settings for them.

    `disabled` are the names of the sources that are switched off: the files that
    they recognise are not read by others either. `given` are the patterns of files
    that a source reads whatever their content.
    """

    sources: tuple[CatalogEntry, ...] = tuple(SOURCES.values())
    disabled: frozenset[str] = frozenset()
    given: tuple[tuple[GitIgnoreSpec, CatalogEntry], ...] = ()

    @classmethod
    def of(cls, settings: Mapping[str, SourceConfig]) -> Self:
        """Return the selection by *settings*, which may name sources of plugins.

        Plugins take precedence over the built-in sources.

        Raises:
            ConfigurationError: a plugin cannot be loaded, or a pattern is invalid.
        """
        settings = {name: source for name, source in settings.items() if name != SHELL}
        plugins = {name: _plugin(name) for name in settings if name not in SOURCES}
        sources = {**plugins, **SOURCES}
        return cls(
            sources=tuple(sources.values()),
            disabled=frozenset(
                name for name, source in settings.items() if not source.enabled
            ),
            given=tuple(
                (compile_patterns(source.paths), sources[name])
                for name, source in settings.items()
                if source.enabled and source.paths
            ),
        )

    def named(self, name: str) -> CatalogEntry | None:
        """Return the source *name*, if there is one."""
        return self._by_name.get(name)

    def is_plugin(self, path: PurePosixPath) -> bool:
        """Return whether a plugin may read the file at *path*."""
        return any(source.plugin is not None for source in self.candidates(path))

    @property
    def has_plugins(self) -> bool:
        """Whether there are sources of plugins."""
        return len(self.sources) > len(SOURCES)

    def candidates(self, path: PurePosixPath) -> list[CatalogEntry]:
        """Return the sources that may read the file at *path*."""
        if (source := self._given(path)) is not None:
            return [source]
        return self._index.candidates(path)

    def choose(
        self, path: PurePosixPath, text: str, candidates: Iterable[CatalogEntry]
    ) -> CatalogEntry | None:
        """Return the source among *candidates* that reads a file with this *text*.

        With the empty text, a source that recognises the file by its name alone.
        """
        if (source := self._given(path)) is not None:
            return source
        from imagelock.sources.candidates import first_match  # not if nothing changed

        chosen = first_match(candidates, path, text)
        return None if chosen is None or chosen.name in self.disabled else chosen

    def _given(self, path: PurePosixPath) -> CatalogEntry | None:
        return next((s for spec, s in self.given if spec.match_file(path)), None)

    @cached_property
    def _index(self) -> SuffixIndex:
        from imagelock.sources.candidates import SuffixIndex  # not if nothing changed

        return SuffixIndex(self.sources)

    @cached_property
    def _by_name(self) -> dict[str, CatalogEntry]:
        return {source.name: source for source in self.sources}


def _plugin(name: str) -> CatalogEntry:
    from imagelock.sources.plugins import load  # most need none

    return load(name)
