"""The protocol of sources, and their documentation."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath
    from typing import TypeGuard

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation, RemainingImages


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The documentation of a source in Markdown, each value in one sentence.

    `recognised` is how a file is known, `read` what counts as a reference,
    `not_read` what only looks like one, `pinned` where a digest is written.
    `notes` are paragraphs below the table, with empty lines between them.
    """

    recognised: str
    read: str
    not_read: str
    pinned: str
    notes: str = ""


class BuiltInSource(Protocol):
    """One kind of file, whose names are in the catalog."""

    @property
    def ABOUT(self) -> About:  # noqa: N802 - a constant of the module
        """The text of the documentation."""
        ...

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Return whether this source reads the file, after a cheap look at the text."""
        ...

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the images of the file, in the order in which a reader meets them.

        Everything that cannot be read is a value too (`Skipped`): a source
        raises nothing, and goes on behind the part that it could not read.
        """
        ...


class Source(BuiltInSource, Protocol):
    """A source of another package: a module (or object) with these four names."""

    def may_match(self, path: PurePosixPath) -> bool:
        """Return whether the file may be of this format, by its path alone."""
        ...


class Relating(Protocol):
    """A source whose files say something about other files of the project."""

    def relations(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Relation]:
        """Yield the files that this file uses, and the images that it builds."""
        ...


class Changing(Relating, Protocol):
    """A source whose files change images of the files that they use."""

    def remaining(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> RemainingImages:
        """Return what the images are that this file changes, after that."""
        ...


def is_relating(source: object) -> TypeGuard[Relating]:
    """Return whether *source* is a source whose files say something about others."""
    return callable(getattr(source, "relations", None))


def is_changing(source: object) -> TypeGuard[Changing]:
    """Return whether *source* is a source whose files change images of others."""
    return is_relating(source) and callable(getattr(source, "remaining", None))
