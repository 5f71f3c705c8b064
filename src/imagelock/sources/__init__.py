"""The kinds of file that name images: one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from imagelock.sources import compose, dockerfile, kubernetes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.text import Text


class Source(Protocol):
    """One kind of file. A module with these three functions is a source."""

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


class Contexts(Protocol):
    """Tell which names a build replaces, in which Dockerfile."""

    def __call__(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """Yield the path of a Dockerfile and a name that another context replaces."""
        ...


SOURCES: Final[dict[str, Source]] = {
    "dockerfile": dockerfile,
    "compose": compose,
    "kubernetes": kubernetes,
}
"""Every source by the name of its format; the first that matches reads a file."""

CONTEXTS: Final[dict[str, Contexts]] = {"compose": compose.named_contexts}
"""The sources that can replace a name in a Dockerfile by another image."""
