"""The global options of a run, and its output streams."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path

from imagelock import config
from imagelock.cache_storage import CacheUse
from imagelock.cli.colors import ColorChoice, style_of
from imagelock.dataclass import dataclass
from imagelock.errors import RegistryError, UsageError, reason
from imagelock.light_typing import TYPE_CHECKING
from imagelock.project.project_files import ProjectFiles
from imagelock.project.root import find_root, named_paths
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from imagelock.commands.workspace import Member
    from imagelock.config.merging import MergedSettings
    from imagelock.errors import ImagelockError
    from imagelock.model.reference import Reference
    from imagelock.registry.answers.given import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The global options of a run: the project, verbosity and color."""

    quiet: bool
    verbose: int
    color: ColorChoice
    folder: Path
    config_file: Path | None
    no_cache: bool = False
    offline: bool = False

    @property
    def style(self) -> Style:
        """The style of stdout."""
        return style_of(sys.stdout, self.color)

    @property
    def error_style(self) -> Style:
        """The style of stderr."""
        return style_of(sys.stderr, self.color)

    def project(
        self,
        paths: Sequence[Path] = (),
        *,
        environment: bool = False,
        online: bool = False,
    ) -> ProjectFiles:
        """Open the project, and say which it is if the user is in a folder of it.

        With *environment*, variables of the environment decide what files mean. With
        *online*, settings may be downloaded, unless the run is offline.

        Raises:
            UsageError: the current directory or one of *paths* does not exist, or the
                configuration is invalid.
        """
        folder = _absolute(self.folder)
        root = find_root(folder)
        if root != folder and not paths:
            self.notice(f"note: the project is `{printable(str(root))}`\n")
        return ProjectFiles(
            root=root,
            config=config.load(root, self.config_file, self._downloads(online=online)),
            config_is_given=self.config_file is not None,
            paths=named_paths(root, paths),
            environment=dict(os.environ) if environment else {},
            cache=None if self.no_cache else CacheUse.of_user(os.environ, self.trace),
        )

    def members(self, top: ProjectFiles, *, online: bool) -> list[Member]:
        """Return the project *top* and all projects below it, *top* first.

        With *online*, their settings may be downloaded.

        Raises:
            UsageError: `--config` names the settings, which can only be those of one
                project.
        """
        from imagelock.commands.workspace import members  # few use `--all`

        if self.config_file is not None:
            raise UsageError(
                "`--all` cannot be used with `--config`",
                hint="name the settings of each project: run imagelock in its folder",
            )
        return members(top, self._downloads(online=online))

    def settings(self) -> MergedSettings:
        """Return every setting of the project, and where it is set.

        Raises:
            UsageError: as in `project`.
        """
        root = find_root(_absolute(self.folder))
        return config.effective(root, self.config_file, self._downloads(online=True))

    def require_registries(self, command: str) -> None:
        """Check that *command*, which does nothing without registries, may ask them.

        Raises:
            RegistryError: the run is offline.
        """
        if self.offline:
            raise RegistryError(
                f"`{command}` asks registries, and this run is offline",
                hint="run it without `--offline` and `IMAGELOCK_OFFLINE`",
            )

    def answers(self, files: Sequence[Path], max_age: str | None) -> Answers | None:
        """Return the answers in *files*, as `given_answers` does; mostly there are none.

        Raises:
            UsageError: a file, or *max_age*, cannot be used.
        """
        if not files and max_age is None:
            return None
        from imagelock.cli.answers import given_answers

        return given_answers(files, max_age)

    def required_answers(
        self, command: str, files: Sequence[Path], max_age: str | None
    ) -> Answers | None:
        """Return `answers` for *command*, which needs some, or registries.

        Raises:
            UsageError: as in `answers`.
            RegistryError: there are no *files*, and the run is offline.
        """
        given = self.answers(files, max_age)
        if given is None:
            self.require_registries(command)
        return given

    def seconds(self, timeout: float) -> float | None:
        """Return the *timeout* for registries; `None` if the run is offline."""
        return None if self.offline else timeout

    def _downloads(self, *, online: bool) -> Callable[[str], bytes] | None:
        return self._download if online and not self.offline else None

    def _download(self, url: str) -> bytes:
        from imagelock.registry.connect import download_file  # few settings have a URL

        return download_file(url, self)

    def print(self, text: str) -> None:
        """Write *text* to stdout, except with `--quiet`."""
        if not self.quiet:
            sys.stdout.write(text)

    def trace(self, line: str) -> None:
        """Write *line* to stderr with `-vv`."""
        if self.verbose > 1 and not self.quiet:
            self._write_error(f"{line}\n")

    def notice(self, text: str) -> None:
        """Write *text* to stderr, except with `--quiet`."""
        if not self.quiet:
            self.error(text)

    def warn(self, text: str) -> None:
        """Write a security warning to stderr, even with `--quiet`."""
        self.error(f"warning: {text}\n")

    def note_no_image(self, project: ProjectFiles) -> None:
        """Write to stderr that *project* names no image, and where it was looked for."""
        where = printable(str(project.root))
        self.notice(f"note: no file names an image; the project is `{where}`\n")

    def error(self, text: str) -> None:
        """Write *text*, an error, to stderr, even with `--quiet`.

        It is lines of plain text, or comes from `report/` in the style of stderr.
        """
        self._write_error(self.error_style.labeled(text))

    def _write_error(self, text: str) -> None:
        # Both may be the same terminal, or the same log.
        sys.stdout.flush()
        sys.stderr.write(text)

    def explain(self, error: ImagelockError) -> None:
        """Write *error*, its place and the way out to stderr."""
        from imagelock.report.errors import format_error  # few runs have any

        self._write_error(format_error(error, self.error_style))

    def progress(
        self, label: str, total: int
    ) -> AbstractContextManager[Callable[[], None]]:
        """Show a progress bar on stderr; yields a function that advances it."""
        is_enabled = not self.quiet and self.verbose <= 1
        return _progress_bar(label, total if is_enabled else 0)

    def errors(
        self, failures: Mapping[Reference, RegistryError], *, asked: int
    ) -> None:
        """Write *failures*, of *asked* images, to stderr, then each distinct hint."""
        if not failures:
            return
        from imagelock.report.failures import failure_lines

        lines, hints = failure_lines(failures, asked, all_images=self.verbose > 0)
        for line in lines:
            self.error(printable(f"error: {line}") + "\n")
        for hint in hints:
            self.error(printable(f"hint: {hint}") + "\n")


def _absolute(folder: Path) -> Path:
    """Return the absolute path of *folder*, without resolving symbolic links."""
    try:
        return Path(os.path.abspath(folder))
    except OSError as error:
        message = f"the current directory cannot be used: {reason(error)}"
        raise UsageError(message) from error


@contextmanager
def _progress_bar(label: str, total: int) -> Iterator[Callable[[], None]]:
    if os.environ.get("CI") or not sys.stderr.isatty() or not total:
        yield lambda: None
        return
    from rich.console import Console  # slow, only used on a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress

    bar = Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(label, total=total)
        yield lambda: bar.advance(task)
