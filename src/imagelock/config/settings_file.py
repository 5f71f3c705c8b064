"""A file of settings, as it is written."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final, Self

from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError
from imagelock.text_file import decode_utf8, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

EXTENDS: Final = "extends"
"""The key with the names of other settings."""

PYPROJECT: Final = "pyproject.toml"
_STEPS: Final = ("tool", "imagelock")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """Settings from one place.

    `name` is that place for messages. Paths in the `table` are relative to `folder`,
    and other files of the same place are below `border`.
    """

    name: str
    folder: Path
    border: Path
    table: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path, border: Path) -> Self:
        """Return the settings in the file at *path*, named by its path from *border*.

        Raises:
            ConfigurationError: the file cannot be read, or is not TOML.
        """
        data = read_bytes(path, f"the configuration `{path}`", ConfigurationError)
        name = Path(os.path.relpath(path, border)).as_posix()
        return cls(
            name=name, folder=path.parent, border=border, table=parse(data, str(path))
        )


def parse(data: bytes, name: str) -> Mapping[str, Any]:
    """Return the settings in *data*, the content of a file with the *name*.

    Of a `pyproject.toml` only `[tool.imagelock]` counts.

    Raises:
        ConfigurationError: it is not TOML, or the settings are not a table.
    """
    from imagelock.syntax import toml  # most projects have no settings

    text = decode_utf8(data, f"the configuration `{name}`", ConfigurationError)
    try:
        table = toml.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"`{name}` is not TOML: {error}") from error
    for step in _STEPS if PurePath(name).name == PYPROJECT else ():
        table = table.get(step, {})
        if not isinstance(table, dict):
            raise ConfigurationError(f"`{step}` in `{name}` is not a table")
    return table
