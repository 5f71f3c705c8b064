"""The global options of a run, and what follows from them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock import config
from imagelock.cli.progress import progress_bar
from imagelock.errors import ConfigurationError, reason
from imagelock.project.project_files import ProjectFiles
from imagelock.project.root import find_root, named_paths
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from imagelock.errors import RegistryError
    from imagelock.model.reference import Reference


class ColorChoice(StrEnum):
    """When to use colors."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The global options of a run: the project, the streams, the colors."""

    quiet: bool
    verbose: int
    color: ColorChoice
    folder: Path
    config_file: Path | None

    @property
    def style(self) -> Style:
        """Colors for stdout, by the options and the environment.

        `NO_COLOR` (no-color.org) and `FORCE_COLOR` (force-color.org) count where
        `--color` leaves the choice.
        """
        if self.color is not ColorChoice.AUTO:
            return Style(color=self.color is ColorChoice.ALWAYS)
        if os.environ.get("NO_COLOR"):
            return Style()
        return Style(color=bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty())

    def project(self, paths: Sequence[Path] = (), *, environment: bool) -> ProjectFiles:
        """Open the project; *environment* lets the caller's variables decide.

        Raises:
            ConfigurationError: the current folder is gone, one of *paths* is not
                there, or the settings cannot be used.
        """
        folder = _absolute(self.folder)
        root = find_root(folder)
        return ProjectFiles(
            root=root,
            config=config.load(root, self.config_file),
            paths=named_paths(root, paths),
            environment=dict(os.environ) if environment else {},
        )

    def print(self, text: str) -> None:
        """Write a result to stdout, unless the user asked for quiet."""
        if not self.quiet:
            sys.stdout.write(text)

    def trace(self, line: str) -> None:
        """Write *line* to stderr if the user asked for each step (`-vv`)."""
        if self.verbose > 1:
            self.notice(f"{line}\n")

    def notice(self, text: str) -> None:
        """Write a note about the run to stderr, unless the user asked for quiet."""
        if not self.quiet:
            sys.stderr.write(text)

    def warn(self, text: str) -> None:
        """Write a warning about safety to stderr, even with `--quiet`."""
        sys.stderr.write(f"warning: {text}\n")

    def error(self, text: str) -> None:
        """Write an error to stderr, even with `--quiet`."""
        sys.stderr.write(text)

    def progress(
        self, label: str, total: int
    ) -> AbstractContextManager[Callable[[], None]]:
        """Show a progress bar on stderr, where that helps a person."""
        is_wanted = not self.quiet and self.verbose <= 1
        return progress_bar(label, total if is_wanted else 0)

    def errors(self, failures: Mapping[Reference, RegistryError]) -> None:
        """Write *failures* to stderr, and each hint once."""
        for error in failures.values():
            self.error(printable(f"error: {error}") + "\n")
        for hint in dict.fromkeys(e.hint for e in failures.values() if e.hint):
            self.error(printable(f"hint: {hint}") + "\n")


def _absolute(folder: Path) -> Path:
    """Return *folder* from the root of the file system on, through the same links."""
    try:
        return Path(os.path.abspath(folder))  # noqa: PTH100 - `resolve` follows links
    except OSError as error:
        message = f"the current folder cannot be used: {reason(error)}"
        raise ConfigurationError(message) from error
