"""Write the first settings of a project: `init`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from imagelock import config
from imagelock.config.schema_tables import SourceConfig
from imagelock.config.settings_file import PYPROJECT
from imagelock.config.template import add_to_pyproject, settings
from imagelock.errors import ConfigurationError, convert_write_errors
from imagelock.model.occurrence import Occurrence
from imagelock.project.boundary import check_named, write_inside
from imagelock.project.discovery import FileSelection, discover
from imagelock.project.project_files import ProjectFiles
from imagelock.project.vendored import vendored_folders
from imagelock.sources import SHELL
from imagelock.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imagelock.config.template import FirstSettings
    from imagelock.model.reference import Reference


def vendored(folder: Path) -> tuple[str, ...]:
    """Return patterns for the code of others that the project in *folder* tracks."""
    folders = vendored_folders(discover(folder, FileSelection()).files)
    return tuple(sorted(f"/{path}/" for path in folders))


def used_registries(folder: Path, exclude: Sequence[str]) -> tuple[str, ...]:
    """Return patterns for the namespaces of all images that the project uses."""
    settings = config.Config(exclude=exclude)
    found = ProjectFiles(root=folder, config=settings).found()
    return tuple(
        sorted(
            {
                _namespace(item.reference)
                for item in found
                if isinstance(item, Occurrence)
            }
        )
    )


def commands_with_images(folder: Path, exclude: Sequence[str]) -> int:
    """Return how many references the commands of all scripts in the project have."""
    settings = config.Config(exclude=exclude, sources={SHELL: SourceConfig()})
    found = ProjectFiles(root=folder, config=settings).found()
    return len(
        {
            (item.place.path, item.place.span)
            for item in found
            if isinstance(item, Occurrence) and item.place.format == SHELL
        }
    )


def _namespace(reference: Reference) -> str:
    namespace, slash, _ = reference.repository.partition("/")
    return f"{reference.registry}/{namespace}{'/**' if slash else ''}"


def init(folder: Path, first: FirstSettings, *, pyproject: bool) -> Path:
    """Write the settings *first* into *folder*, and return the file.

    That is `imagelock.toml`, or with *pyproject* a table of `pyproject.toml`.

    Raises:
        ConfigurationError: there are settings already, or they cannot be written.
        UnreadableFileError: the file is a link out of *folder*.
    """
    check_unset(folder)
    name = PurePosixPath(PYPROJECT if pyproject else config.FILE_NAME)
    path = folder / name
    check_named(folder, name)
    if pyproject:
        old = read_text(path, f"`{path.name}`", ConfigurationError)
        text = add_to_pyproject(old, first)
    else:
        text = settings(first)
    with convert_write_errors(name, ConfigurationError):
        write_inside(folder, name, text.encode())
    return path


def check_unset(folder: Path) -> None:
    """Raise `ConfigurationError` if *folder* has settings."""
    if config.has_settings(folder):
        raise ConfigurationError(
            f"`{folder.resolve().name}` has settings of imagelock already",
            hint=f"edit `{config.FILE_NAME}`, or `[tool.imagelock]` in `{PYPROJECT}`",
        )
