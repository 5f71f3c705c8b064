"""Settings: `imagelock.toml`, or `[tool.imagelock]` in `pyproject.toml`.

Most projects have none; the schema that validates them is loaded only if they do.
"""

from __future__ import annotations

import os

from imagelock.config.config import Config
from imagelock.config.settings_file import EXTENDS, PYPROJECT, SettingsFile
from imagelock.errors import ConfigurationError
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.text_file import leads_out, read_bytes
from imagelock.work_tree import work_tree

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.config.merging import MergedSettings
    from imagelock.config.shared_settings import Download

FILE_NAME: Final = "imagelock.toml"

__all__ = ["FILE_NAME", "Config", "effective", "has_settings", "load", "own_file"]


def load(
    root: Path, file: Path | None = None, download: Download | None = None
) -> Config:
    """Return the settings of the project at *root*, or those in *file*.

    Of a `pyproject.toml` only `[tool.imagelock]` counts. The user may name any *file*;
    the project's own is no link out of it. *download* gets the settings at a URL that
    they extend; without it, they must be in the cache of the user.

    Raises:
        ConfigurationError: a file cannot be read, or has an unknown key or an
            invalid value; the message names the file, the key and what was expected.
    """
    files = _files(root, file, download)
    if not files:
        return Config()
    if len(files) == 1:
        from imagelock.config.plain_settings import plain_config

        if (plain := plain_config(files[0].table)) is not None:
            return plain
    from imagelock.config.schema import validated  # most need none

    return validated(files)


def effective(
    root: Path, file: Path | None = None, download: Download | None = None
) -> MergedSettings:
    """Return every setting and where it is set; the parameters are those of `load`.

    Raises:
        ConfigurationError: as in `load`.
    """
    from imagelock.config.schema import defaults, merged  # most need none

    settings = merged(_files(root, file, download))
    settings.add_defaults(defaults())
    return settings


def has_settings(folder: Path) -> bool:
    """Return whether *folder* has the settings of a project."""
    if (folder / FILE_NAME).is_file():
        return True
    path = folder / PYPROJECT
    if leads_out(folder, path):
        return False
    try:
        data = read_bytes(path, f"`{path}`", ConfigurationError)
    except ConfigurationError:
        return False
    return b"[tool.imagelock" in data


def own_file(root: Path) -> Path | None:
    """Return the file with the settings of the project at *root*, if there is one.

    Raises:
        ConfigurationError: it is a link out of the project.
    """
    for path in (root / FILE_NAME, root / PYPROJECT):
        if not path.exists():
            continue
        if leads_out(root, path):
            raise ConfigurationError(
                f"`{path.name}` is a link out of the project",
                hint="replace it with the file itself, or name that with `--config`",
            )
        if path.is_file():
            return path
    return None


def _files(
    root: Path, file: Path | None, download: Download | None
) -> list[SettingsFile]:
    """Return the files with the settings; later ones take precedence."""
    path = file or own_file(root)
    if path is None:
        return []
    folder = path.absolute().parent
    own = SettingsFile.read(path, work_tree(folder) or folder)
    if EXTENDS not in own.table:
        return [own] if own.table else []
    from imagelock.config.extends import Bases  # most extend nothing
    from imagelock.config.shared_settings import SharedSettings

    return Bases(SharedSettings.of_user(os.environ, download)).layers(own)
