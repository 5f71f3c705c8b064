"""The settings file that `imagelock init` writes, for people to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import tomlkit
from tomlkit.exceptions import ParseError, TOMLKitError
from tomlkit.items import AbstractTable

from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    from imagelock.model.platform import Platform

_SCHEMA: Final = (
    "https://raw.githubusercontent.com/imagelock/imagelock/main"
    "/docs/reference/imagelock.toml.schema.json"
)
"""With it, editors complete keys and show mistakes: a comment that Taplo reads."""
_COMMENT: Final = "Settings of imagelock: every key is optional."
_PLATFORMS_COMMENT: Final = "The platforms that the project runs on."
_EXCLUDE_COMMENT: Final = "Code of others, which a package manager put there."
_POLICY_COMMENT: Final = "What may run in production: see the guide about policies."


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSettings:
    """The settings that a project begins with.

    `exclude` are patterns of files that are not read. `registries` are patterns of the
    images that a policy for production allows; `None` for no policy.
    """

    platforms: Sequence[Platform]
    exclude: Sequence[str] = ()
    registries: Sequence[str] | None = None

    def add_to(self, table: TOMLDocument | Table) -> None:
        """Add them to *table*, with a comment for each."""
        table.add(tomlkit.comment(_PLATFORMS_COMMENT))
        table.add("platforms", [str(platform) for platform in self.platforms])
        if self.exclude:
            table.add(tomlkit.nl())
            table.add(tomlkit.comment(_EXCLUDE_COMMENT))
            table.add("exclude", list(self.exclude))
        if self.registries is not None:
            table.add(tomlkit.nl())
            table.add("policy", _production(self.registries))


def _production(registries: Sequence[str]) -> Table:
    table = tomlkit.table()
    table.add(tomlkit.comment(_POLICY_COMMENT))
    if registries:
        allowed = tomlkit.array()
        allowed.extend(registries)
        table.add("registries", allowed.multiline(multiline=True))
    for key in ("moving-tags", "look-alike", "end-of-life"):
        table.add(key, value=True)
    return table


def settings(first: FirstSettings) -> str:
    """Return the text of a new `imagelock.toml`."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_COMMENT))
    document.add(tomlkit.nl())
    first.add_to(document)
    return f"#:schema {_SCHEMA}\n{document.as_string()}"


def add_to_pyproject(text: str, first: FirstSettings) -> str:
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
    first.add_to(table)
    try:
        tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
        if not isinstance(tool, AbstractTable):
            raise ConfigurationError("`tool` in `pyproject.toml` is not a table")
        tool.add("imagelock", table)
    except TOMLKitError as error:
        message = f"`pyproject.toml` already has `tool.imagelock`: {error}"
        raise ConfigurationError(message) from None
    return document.as_string()
