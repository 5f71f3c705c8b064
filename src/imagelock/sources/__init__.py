"""The kinds of file that name images: one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from imagelock.sources import compose, dockerfile, ko, kubernetes, kustomize

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


class Replacements(Protocol):
    """Tell which names one file replaces in another."""

    def __call__(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """Yield the path of the other file and a name that means another image."""
        ...


SOURCES: Final[dict[str, Source]] = {
    "dockerfile": dockerfile,
    "ko": ko,
    "compose": compose,
    "kustomize": kustomize,
    "kubernetes": kubernetes,
}
"""Every source by the name of its format; the first that matches reads a file."""

REPLACEMENTS: Final[dict[str, Replacements]] = {
    "compose": compose.named_contexts,
    "kustomize": kustomize.replacements,
}
"""The sources that can replace what a name means in another file."""
