"""What a source is, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the documentation says of a source, in Markdown, each in one sentence.

    `recognised` is how a file is known, `read` what counts as a reference,
    `not_read` what only looks like one, `pinned` where a digest is written.
    `notes` are paragraphs below the table, with empty lines between them.
    """

    recognised: str
    read: str
    not_read: str
    pinned: str
    notes: str = ""


class Source(Protocol):
    """One kind of file. A module with these four names is a source."""

    @property
    def ABOUT(self) -> About:  # noqa: N802 - a constant of the module
        """What the documentation says of it."""
        ...

    def may_match(self, path: PurePosixPath) -> bool:
        """Tell from the path alone whether the file is worth opening."""
        ...

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Tell with a cheap look at the text whether this source reads the file."""
        ...

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield what the file names, in the order in which a reader meets it.

        Everything that cannot be read is a value too (`Skipped`): a source
        raises nothing, and goes on behind the part that it could not read.
        """
        ...


@runtime_checkable
class Replacing(Protocol):
    """A source whose files can replace what a name means in other files."""

    def replacements(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """Yield the path of the other file and a name that means another image."""
        ...
