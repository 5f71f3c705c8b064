"""Find and read the files of a project, as its settings say."""

from __future__ import annotations

import os
from functools import cached_property

from imagelock.cache_storage import CacheFile, is_in_checkout
from imagelock.dataclass import dataclass, replace
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.model.occurrence import Skipped
from imagelock.project.cache.fingerprints import Fingerprints
from imagelock.project.cache.key import cache_key
from imagelock.project.cache.records import Records
from imagelock.project.discovery import (
    Discovery,
    FileSelection,
    discover,
    folders_in_place_of_files,
    selected,
)
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.project_reader import ProjectReader
from imagelock.project.source_selection import SourceSelection
from imagelock.project.suppressions import PathIgnores
from imagelock.project.workspace import projects_below, without_others
from imagelock.sources import SHELL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.project.project_settings import ProjectSettings

_VENDORED: Final = ("vendor/", "Pods/", "node_modules/", "-packages/")
"""What a path has that leads to the code of others."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything that the files name, sorted by place, and findings about the files.

    `guesses` is how many more references `guesses = true` would find, if that was
    asked for, `commands` how many `[sources.shell]` would, and `charts` how many
    `charts = true` would.
    """

    found: list[Found]
    file_findings: tuple[Finding, ...]
    guesses: int = 0
    commands: int = 0
    charts: int = 0


@dataclass(frozen=True)
class FileScanner:
    """Reads the files of the project with these *settings*."""

    settings: ProjectSettings

    @cached_property
    def discovery(self) -> Discovery:
        """The files that are read."""
        return replace(self._listed, files=self._own[0])

    @cached_property
    def projects_below(self) -> list[PurePosixPath]:
        """The folders that are projects of their own, sorted."""
        below = projects_below(
            self.settings.root,
            self._all.files,
            self.settings.config.workspace,
            # Files of a pull request do not take others out of a check.
            only_members=self.settings.config_is_given,
        )
        return sorted({*below, *self.settings.others})

    @cached_property
    def _separated(self) -> tuple[list[PurePosixPath], list[Skipped]]:
        return without_others(self._listed.files, self.projects_below)

    @cached_property
    def _own(self) -> tuple[list[PurePosixPath], list[Skipped]]:
        return self._without_vendored(self._separated[0])

    def _without_vendored(
        self, paths: list[PurePosixPath]
    ) -> tuple[list[PurePosixPath], list[Skipped]]:
        settings = self.settings
        # Files of a pull request do not take others out of a check.
        if settings.config.vendored or settings.config_is_given:
            return paths, []
        text = "\n".join(map(str, paths))
        if not any(name in text for name in _VENDORED):
            return paths, []
        from imagelock.project.vendored import without_vendored  # few projects have any

        return without_vendored(paths, settings.paths)

    @cached_property
    def _listed(self) -> Discovery:
        """The files that are asked for, those of other projects, too."""
        if not self.settings.paths:
            return self._selected
        return discover(self.settings.root, FileSelection(paths=self.settings.paths))

    @cached_property
    def _all(self) -> Discovery:
        """The files of the project, whatever is asked for."""
        found = discover(self.settings.root, FileSelection())
        new = {
            path
            for path in self.settings.unsaved
            if not os.path.lexists(self.settings.root / path)
        }
        return replace(found, files=sorted({*found.files, *new})) if new else found

    @cached_property
    def _selected(self) -> Discovery:
        """The files that the settings select."""
        config = self.settings.config
        include, exclude = tuple(config.include), tuple(config.exclude)
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
        settings = self.settings
        paths = self.discovery.files
        reader = self._reader(edited, count_guesses=count_guesses)
        found = reader.read(
            [*paths, *folders_in_place_of_files(paths, self._all.statuses)],
            named=frozenset(settings.paths),
            others=self._others(paths),
            unreadable=self.discovery.unreadable,
        )
        found += self._own[1]
        if not settings.has_members:
            found += self._separated[1]
        is_guess = [isinstance(each, Skipped) and bool(each.guess) for each in found]
        ignores = PathIgnores.of(settings.config.ignore_paths)
        return Scan(
            [*map(ignores.apply, settings.image_rules.without_ignored(found))],
            tuple(
                finding
                for finding in reader.file_findings
                if finding.rule.slug not in ignores.at(finding.path)
            ),
            len(reader.left_out.guesses) + sum(is_guess),
            len(reader.left_out.commands),
            len(reader.left_out.charts),
        )

    def _reader(
        self, edited: Mapping[PurePosixPath, bytes], *, count_guesses: bool
    ) -> ProjectReader:
        settings, config = self.settings, self.settings.config
        edited = {**settings.unsaved, **edited}
        return ProjectReader(
            root=settings.root,
            platforms=settings.platforms,
            variables=config.variables,
            environment=settings.environment,
            edited=edited,
            source_selection=SourceSelection.of(config.sources),
            optional_sources=OptionalSources.of(
                config.match,
                embedded=config.embedded,
                guesses=config.guesses,
                charts=config.charts,
                count_guesses=count_guesses,
                shell=config.sources.get(SHELL),
            ),
            # What a file means depends on others, whichever the user named.
            list_files=lambda: self._all.files,
            records=self._records(edited, count_guesses=count_guesses),
        )

    def _others(self, paths: list[PurePosixPath]) -> list[PurePosixPath]:
        """Return the files that are not read themselves: not named, or of others."""
        if not self.settings.paths and not self.projects_below:
            return []
        taken = set(paths)
        own, _ = self._without_vendored(self._selected.files)
        return [path for path in own if path not in taken]

    def _records(
        self, edited: Mapping[PurePosixPath, bytes], *, count_guesses: bool
    ) -> Records | None:
        """Return what earlier runs read with the same settings, if it is kept."""
        settings, config = self.settings, self.settings.config
        if settings.cache is None or is_in_checkout(
            settings.cache.folder, settings.root
        ):
            return None
        key = cache_key(
            settings.root,
            [*map(str, settings.platforms)],
            config.variables,
            config.sources,
            config.match,
            config.embedded,
            config.guesses,
            config.charts,
            count_guesses,
            bool(settings.environment),
        )
        return Records(
            file=CacheFile(settings.cache.folder, key),
            fingerprints=Fingerprints(
                root=settings.root, edited=edited, on_disk=self._all.statuses
            ),
            trace=settings.cache.trace,
        )
