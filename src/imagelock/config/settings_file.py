"""A file of settings, as it is written."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError
from imagelock.light_typing import TYPE_CHECKING, Any, Final, Self
from imagelock.source_line import SourceLine
from imagelock.text_file import decode_utf8, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    text: str
    table: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path, border: Path) -> Self:
        """Return the settings in the file at *path*, named by its path from *border*.

        Raises:
            ConfigurationError: the file cannot be read, or is not TOML.
        """
        data = read_bytes(path, f"the configuration `{path}`", ConfigurationError)
        name = Path(os.path.relpath(path, border)).as_posix()
        return cls.parse(data, name, path.parent, border)

    @classmethod
    def parse(cls, data: bytes, name: str, folder: Path, border: Path) -> Self:
        """Return the settings in *data*.

        Of a `pyproject.toml` only `[tool.imagelock]` counts.

        Raises:
            ConfigurationError: it is not TOML, or the settings are not a table.
        """
        text = decode_utf8(data, f"the configuration `{name}`", ConfigurationError)
        table = _loads(text, name)
        for step in _steps(name):
            table = table.get(step, {})
            if not isinstance(table, dict):
                raise ConfigurationError(f"`{step}` is not a table", file=name)
        return cls(name=name, folder=folder, border=border, text=text, table=table)

    def error(
        self,
        message: str,
        key: Sequence[str | int],
        *,
        hint: str | None = None,
        of_key: bool = False,
    ) -> ConfigurationError:
        """Return the error that *message* is about the value at *key*, or the *key*."""
        from imagelock.syntax.toml_places import find_place  # for mistakes only

        place = find_place(self.text, (*_steps(self.name), *key), of_key=of_key)
        source = SourceLine.cut(self.text, *place) if place else None
        return ConfigurationError(message, hint=hint, file=self.name, source=source)


def _steps(name: str) -> tuple[str, ...]:
    """Return the keys that lead to the settings in a file called *name*."""
    return _STEPS if PurePath(name).name == PYPROJECT else ()


def _loads(text: str, name: str) -> dict[str, Any]:
    from imagelock.syntax import toml  # most projects have no settings

    try:
        return toml.loads(text)
    except toml.TomlError as error:
        raise ConfigurationError(
            f"not TOML: {error}",
            hint='write texts in quotes: `key = "value"`'
            if str(error) == "invalid value"
            else None,
            file=name,
            source=SourceLine.at(text, error.line, error.column),
        ) from error
    except ValueError as error:
        raise ConfigurationError(f"not TOML: {error}", file=name) from error
