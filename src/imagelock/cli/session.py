"""What the global options of one run say."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock import config
from imagelock.errors import ConfigurationError, reason
from imagelock.project.project_files import ProjectFiles
from imagelock.project.root import find_root, named_paths
from imagelock.report.style import Style

if TYPE_CHECKING:
    from collections.abc import Sequence


class ColorChoice(StrEnum):
    """When to use colors."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The global options of one run, and what follows from them."""

    quiet: bool
    verbose: int
    color: ColorChoice
    folder: Path
    config_file: Path | None

    @property
    def style(self) -> Style:
        """Colors for stdout, as the options and the environment want them.

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
        """Write data to stdout, unless the user wants quiet."""
        if not self.quiet:
            sys.stdout.write(text)

    def trace(self, line: str) -> None:
        """Write *line* to stderr if the user wants to see each step (`-vv`)."""
        if self.verbose > 1:
            self.tell(f"{line}\n")

    def notice(self, text: str) -> None:
        """Write what concerns the run, not its result, to stderr."""
        self.tell(text)

    def warn(self, text: str) -> None:
        """Write to stderr, even where the user wants quiet: it is about safety."""
        sys.stderr.write(f"warning: {text}\n")

    def complain(self, text: str) -> None:
        """Write an error to stderr, even where the user wants quiet."""
        sys.stderr.write(text)

    def tell(self, text: str) -> None:
        """Write what concerns the run, not its result, to stderr."""
        if not self.quiet:
            sys.stderr.write(text)


def _absolute(folder: Path) -> Path:
    """Return *folder* from the root of the file system on, through the same links."""
    try:
        return Path(os.path.abspath(folder))  # noqa: PTH100 - `resolve` follows links
    except OSError as error:
        message = f"the current folder cannot be used: {reason(error)}"
        raise ConfigurationError(message) from error
