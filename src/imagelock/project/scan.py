"""Find and read the files of a project, as its settings say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from imagelock.config.image_rules import ImageRules
from imagelock.dataclass import dataclass, field
from imagelock.model.occurrence import Skipped
from imagelock.project.cache.key import cache_key
from imagelock.project.cache.storage import CacheFile, is_in_checkout
from imagelock.project.discovery import (
    Discovery,
    FileSelection,
    discover,
    folders_in_place_of_files,
    selected,
)
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.reader import Reader
from imagelock.project.source_selection import SourceSelection
from imagelock.project.suppressions import PathIgnores
from imagelock.project.workspace import projects_below, without_others
from imagelock.user_cache import user_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path, PurePosixPath

    from imagelock.config import Config
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.platform import Platform


@dataclass(frozen=True, slots=True)
class CacheUse:
    """The *folder* of caches; `trace` takes lines about what is wrong with them."""

    folder: Path
    trace: Callable[[str], None]

    @classmethod
    def of_user(
        cls, environment: Mapping[str, str], trace: Callable[[str], None]
    ) -> Self | None:
        """Return the caches of the user, if there is a place for them."""
        folder = user_cache(environment)
        return cls(folder / "files", trace) if folder else None


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything that the files name, sorted by place, and findings about the files.

    `guesses` is how many more references `guesses = true` would find, if that was
    asked for.
    """

    found: list[Found]
    file_findings: tuple[Finding, ...]
    guesses: int = 0


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """Reads the project at *root*; the fields are those of `ProjectFiles`.

    With *only_members*, no folder is a project of its own because of its files.
    """

    root: Path
    config: Config
    platforms: tuple[Platform, ...]
    paths: tuple[PurePosixPath, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    cache: CacheUse | None = None
    others: tuple[PurePosixPath, ...] = ()
    has_members: bool = False
    only_members: bool = False

    @cached_property
    def discovery(self) -> Discovery:
        """The files that are read."""
        return Discovery(self._separated[0], self._listed.unreadable)

    @cached_property
    def projects_below(self) -> list[PurePosixPath]:
        """The folders that are projects of their own, sorted."""
        below = projects_below(
            self.root,
            self._all.files,
            self.config.workspace,
            only_members=self.only_members,
        )
        return sorted({*below, *self.others})

    @cached_property
    def _separated(self) -> tuple[list[PurePosixPath], list[Skipped]]:
        return without_others(self._listed.files, self.projects_below)

    @cached_property
    def _listed(self) -> Discovery:
        """The files that are asked for, those of other projects, too."""
        if not self.paths:
            return self._selected
        return discover(self.root, FileSelection(paths=self.paths))

    @cached_property
    def _all(self) -> Discovery:
        """The files of the project, whatever is asked for."""
        return discover(self.root, FileSelection())

    @cached_property
    def _selected(self) -> Discovery:
        """The files that the settings select."""
        include, exclude = tuple(self.config.include), tuple(self.config.exclude)
        return selected(self._all, FileSelection(include=include, exclude=exclude))

    def read(
        self,
        edited: Mapping[PurePosixPath, bytes],
        *,
        count_guesses: bool = False,
    ) -> Scan:
        """Return everything that the files name, and findings about the files.

        *edited* is the new content of files that are about to change.
        *count_guesses* is whether to count guesses that the settings do not allow.

        Raises:
            ConfigurationError: a plugin cannot be loaded.
        """
        paths = self.discovery.files
        reader = Reader(
            root=self.root,
            platforms=self.platforms,
            variables=self.config.variables,
            environment=self.environment,
            edited=edited,
            source_selection=SourceSelection.of(self.config.sources),
            optional_sources=OptionalSources.of(
                self.config.match,
                embedded=self.config.embedded,
                guesses=self.config.guesses,
                count_guesses=count_guesses,
            ),
            # What a file means depends on others, whichever the user named.
            list_files=lambda: self._all.files,
            cache_file=self._cache_file(count_guesses=count_guesses),
            trace=self.cache.trace if self.cache else None,
        )
        found = reader.read(
            [*paths, *folders_in_place_of_files(self.root, paths)],
            named=frozenset(self.paths),
            others=self._others(paths),
            unreadable=self.discovery.unreadable,
        )
        if not self.has_members:
            found += self._separated[1]
        is_guess = [isinstance(each, Skipped) and bool(each.guess) for each in found]
        ignores = PathIgnores.of(self.config.ignore_paths)
        images = ImageRules(self.config.images)
        return Scan(
            [*map(ignores.apply, images.without_ignored(found))],
            tuple(
                finding
                for finding in reader.file_findings
                if finding.rule.slug not in ignores.at(finding.path)
            ),
            len(reader.guesses) + sum(is_guess),
        )

    def _others(self, paths: list[PurePosixPath]) -> list[PurePosixPath]:
        """Return the files that are not read themselves: not named, or of others."""
        if not self.paths and not self.projects_below:
            return []
        taken = set(paths)
        return [path for path in self._selected.files if path not in taken]

    def _cache_file(self, *, count_guesses: bool) -> CacheFile | None:
        """Return the file with what earlier runs read with the same settings."""
        if self.cache is None or is_in_checkout(self.cache.folder, self.root):
            return None
        config = self.config
        key = cache_key(
            self.root,
            [*map(str, self.platforms)],
            config.variables,
            config.sources,
            config.match,
            config.embedded,
            config.guesses,
            count_guesses,
            bool(self.environment),
        )
        return CacheFile(self.cache.folder, key)
