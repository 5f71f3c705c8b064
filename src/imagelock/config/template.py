"""The settings file that `imagelock init` writes, for people to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import tomlkit
from tomlkit.exceptions import ParseError, TOMLKitError
from tomlkit.items import AbstractTable

from imagelock.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    from imagelock.model.platform import Platform

_COMMENT: Final = "Settings of imagelock: every key is optional."
_PLATFORMS_COMMENT: Final = "The platforms that the project runs on."
_EXCLUDE_COMMENT: Final = "Code of others, which a package manager put there."


def settings(platforms: Sequence[Platform], exclude: Sequence[str]) -> str:
    """Return the text of a new `imagelock.toml`."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_COMMENT))
    document.add(tomlkit.nl())
    _add(document, platforms, exclude)
    return document.as_string()


def _add(
    table: TOMLDocument | Table, platforms: Sequence[Platform], exclude: Sequence[str]
) -> None:
    table.add(tomlkit.comment(_PLATFORMS_COMMENT))
    table.add("platforms", [str(platform) for platform in platforms])
    if exclude:
        table.add(tomlkit.nl())
        table.add(tomlkit.comment(_EXCLUDE_COMMENT))
        table.add("exclude", list(exclude))


def add_to_pyproject(
    text: str, platforms: Sequence[Platform], exclude: Sequence[str]
) -> str:
    """Return *text*, a `pyproject.toml`, with a table `[tool.imagelock]` added.

    The comments, order and layout of the other tables do not change.

    Raises:
        ConfigurationError: *text* is not TOML, `tool` in it is not a table, or it has
            the table already.
    """
    try:
        document = tomlkit.parse(text)
    except ParseError as error:
        raise ConfigurationError(f"`pyproject.toml` is not TOML: {error}") from None
    table = tomlkit.table()
    _add(table, platforms, exclude)
    try:
        tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
        if not isinstance(tool, AbstractTable):
            raise ConfigurationError("`tool` in `pyproject.toml` is not a table")
        tool.add("imagelock", table)
    except TOMLKitError as error:
        message = f"`pyproject.toml` already has `tool.imagelock`: {error}"
        raise ConfigurationError(message) from None
    return document.as_string()
