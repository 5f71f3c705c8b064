"""Settings: `imagelock.toml`, or `[tool.imagelock]` in `pyproject.toml`.

Most projects have none; the schema that validates them is loaded only if they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.config.config import Config
from imagelock.errors import ConfigurationError
from imagelock.syntax import toml
from imagelock.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME: Final = "imagelock.toml"

__all__ = ["FILE_NAME", "Config", "has_settings", "load"]


def load(root: Path, file: Path | None = None) -> Config:
    """Return the settings of the project at *root*, or those in *file*.

    Raises:
        ConfigurationError: the file cannot be read, or has an unknown key or an
            invalid value; the message names the file, the key and what was expected.
    """
    if file is not None:
        return _validate(_read(file), file)
    if (path := root / FILE_NAME).is_file():
        return _validate(_read(path), path)
    if (path := root / "pyproject.toml").is_file():
        settings = _read(path).get("tool", {}).get("imagelock")
        return Config() if settings is None else _validate(settings, path)
    return Config()


def has_settings(folder: Path) -> bool:
    """Return whether *folder* has the settings of a project."""
    if (folder / FILE_NAME).is_file():
        return True
    try:
        return b"[tool.imagelock" in (folder / "pyproject.toml").read_bytes()
    except OSError:
        return False


def _read(path: Path) -> dict[str, Any]:
    text = read_text(path, f"the configuration `{path}`", ConfigurationError)
    try:
        return toml.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"`{path}` is not TOML: {error}") from error


def _validate(data: Mapping[str, object], path: Path) -> Config:
    from imagelock.config.schema import validated  # most need none

    return validated(data, path)
