"""A project as it is on disk: nothing is asked, and nothing is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from imagelock import config
from imagelock.cache_storage import CacheUse
from imagelock.commands.console import LoggingConsole
from imagelock.dataclass import dataclass, field, replace
from imagelock.project.project_files import ProjectFiles
from imagelock.project.root import find_root, named_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.diff import LockDiff
    from imagelock.commands.history.history import History, HistoryOptions
    from imagelock.commands.list import Explanation, ReferenceStatus
    from imagelock.commands.render import Rendered
    from imagelock.config.merging import MergedSettings
    from imagelock.export.target import Exported
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.platform import Platform

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class ProjectView:
    """What is known of a project without asking registries or writing files."""

    _files: ProjectFiles
    console: Console = field(default_factory=LoggingConsole)
    _config_file: Path | None = None

    @classmethod
    def open(
        cls,
        folder: PathLike = ".",
        *,
        config_file: PathLike | None = None,
        environment: Mapping[str, str] | None = None,
        console: Console | None = None,
        cache: bool = False,
    ) -> Self:
        """Return the project that *folder* is in.

        Its root is the nearest folder upwards with settings or a lockfile, else the
        top of the git work tree, else *folder*. *config_file* replaces the project's
        own settings; the variables in *environment* decide what files mean, as with
        `--environment`. With *cache*, the cache of the user keeps what files say, as on
        the command line. Settings at a URL must be in it: `imagelock config` gets them.

        Raises:
            ConfigurationError: the settings cannot be used.
        """
        root = find_root(Path(os.path.abspath(folder)))
        file = None if config_file is None else Path(config_file)
        console = console or LoggingConsole()
        files = ProjectFiles(
            root=root,
            config=config.load(root, file),
            config_is_given=file is not None,
            environment=environment or {},
            cache=CacheUse.of_user(os.environ, console.trace) if cache else None,
        )
        return cls(files, console, file)

    @property
    def root(self) -> Path:
        """The folder of the project."""
        return self._files.root

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The platforms that the project declares, sorted."""
        return self._files.platforms

    def settings(self) -> MergedSettings:
        """Return every setting, and the files that set it."""
        return config.effective(self.root, self._config_file)

    def projects(self) -> list[Self]:
        """Return this project and all projects below it, itself first, as `--all` does.

        Raises:
            ConfigurationError: the settings of one of them cannot be used.
        """
        from imagelock.commands.workspace import members

        return [replace(self, _files=member.open()) for member in members(self._files)]

    def lockfile(self) -> Lockfile | None:
        """Return the lockfile, or `None` if there is none."""
        return self._files.lockfile()

    def references(self, *paths: PathLike) -> list[ReferenceStatus]:
        """Return every reference and skipped value, sorted by place, as `list` does.

        *paths* restrict it to files and folders.
        """
        from imagelock.commands.list import list_references

        return list_references(self._at(paths))

    def explain(self, *images: str) -> list[Explanation]:
        """Return the images that the patterns match, each with its places."""
        from imagelock.commands.list import explain_images

        return explain_images(self._files, images)

    def render(self, manifests: bytes, *, allow_unlocked: bool = False) -> Rendered:
        """Return Kubernetes *manifests* (YAML or JSON) with the locked digests."""
        from imagelock.commands.render import render
        from imagelock.lockfile.model import Lockfile

        lockfile = self.lockfile() or Lockfile()
        return render(manifests, lockfile, allow_unlocked=allow_unlocked)

    def export(
        self,
        target: str,
        *paths: PathLike,
        destination: str = "",
        per_platform: bool = False,
    ) -> Exported:
        """Return the lock as the file of another tool, such as `compose`.

        Images that are not locked are left out; `references` lists them.
        *destination* is the registry that copies go to. With *per_platform*, the file
        has the manifests of the declared platforms in place of indexes.
        """
        from imagelock.export import find_target
        from imagelock.export.request import build_request

        exporter = find_target(target, self._files.config.plugins.exports)
        request = build_request(
            self._at(paths), destination=destination, per_platform=per_platform
        )
        return exporter.export(request)

    def diff(self, old: str = "HEAD", new: str | None = None) -> LockDiff:
        """Return the changes between two lockfiles, or git revisions of the lockfile."""
        from imagelock.commands.diff import diff

        return diff(self._files, old, new)

    def history(self, options: HistoryOptions | None = None) -> History:
        """Return how the digests moved in the commits of the lockfile in git."""
        from imagelock.commands.history.history import history

        return history(self._files, options)

    def _at(self, paths: Sequence[PathLike]) -> ProjectFiles:
        named = named_paths(self.root, [self.root / path for path in paths])
        return replace(self._files, paths=named)
