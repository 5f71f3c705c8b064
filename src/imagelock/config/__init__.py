"""Settings: `imagelock.toml`, or `[tool.imagelock]` in `pyproject.toml`.

Most projects have none; the schema that validates them is loaded only if they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.config.config import Config
from imagelock.errors import ConfigurationError
from imagelock.syntax import toml
from imagelock.text_file import leads_out, read_bytes, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME: Final = "imagelock.toml"
_PYPROJECT: Final = "pyproject.toml"

__all__ = ["FILE_NAME", "Config", "has_settings", "load"]


def load(root: Path, file: Path | None = None) -> Config:
    """Return the settings of the project at *root*, or those in *file*.

    Of a `pyproject.toml` only `[tool.imagelock]` counts. The user may name any *file*;
    the project's own is no link out of it.

    Raises:
        ConfigurationError: the file cannot be read, or has an unknown key or an
            invalid value; the message names the file, the key and what was expected.
    """
    path = file or _own_file(root)
    if path is None:
        return Config()
    settings = _read(path)
    if path.name != _PYPROJECT:
        return _validate(settings, path)
    table = settings.get("tool", {}).get("imagelock")
    return Config() if table is None else _validate(table, path)


def has_settings(folder: Path) -> bool:
    """Return whether *folder* has the settings of a project."""
    if (folder / FILE_NAME).is_file():
        return True
    path = folder / _PYPROJECT
    if leads_out(folder, path):
        return False
    try:
        data = read_bytes(path, f"`{path}`", ConfigurationError)
    except ConfigurationError:
        return False
    return b"[tool.imagelock" in data


def _own_file(root: Path) -> Path | None:
    for path in (root / FILE_NAME, root / _PYPROJECT):
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


def _read(path: Path) -> dict[str, Any]:
    text = read_text(path, f"the configuration `{path}`", ConfigurationError)
    try:
        return toml.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"`{path}` is not TOML: {error}") from error


def _validate(data: Mapping[str, object], path: Path) -> Config:
    from imagelock.config.schema import validated  # most need none

    return validated(data, path)
