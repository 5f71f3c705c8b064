"""An entry in the list of sources: its module is loaded when a file needs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, cast

from imagelock.sources.protocol import Replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.protocol import Source


@dataclass(frozen=True)
class CatalogEntry:
    """A source by the *name* of its format, and when to load its module.

    `files` are patterns in lower case: of a name (`*.tf`), or of the end of a
    path (`.github/workflows/*.yml`), where `*` is any text between two slashes.
    `mentions` are words of which a file has at least one, or this source has
    nothing to do with it. Both may let pass what the module then refuses.
    `part` is the module below this package, if it is not called like the format.
    `loaded` is a source of another package, which is asked from the start.
    """

    name: str
    files: tuple[str, ...]
    mentions: tuple[str, ...] = ()
    part: str = ""
    loaded: Source | None = None

    def may_match(self, path: PurePosixPath) -> bool:
        """Tell from the path alone whether the file is worth opening."""
        parts = str(path).lower().split("/")
        return any(fits(parts, pattern) for pattern in self.files) and self.admits(path)

    def admits(self, path: PurePosixPath) -> bool:
        """Tell what a source of another package says of a path; others are not asked."""
        return self.loaded is None or self.loaded.may_match(path)

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Tell whether this source reads the file with this *text*.

        Of a file whose text is not known (`""`), whether its name alone says so.
        """
        if text and self.mentions and not any(word in text for word in self.mentions):
            return False
        return self.module.may_match(path) and self.module.matches(path, text)

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield what the file names, in the order in which a reader meets it."""
        return self.module.find(path, text, context)

    def replacements(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """Yield each other file with a name that means another image there."""
        if isinstance(self.module, Replacing):
            yield from self.module.replacements(path, text, context)

    @cached_property
    def module(self) -> Source:
        """The module, loaded at the first use."""
        if self.loaded is not None:
            return self.loaded
        part = self.part or self.name.replace("-", "_")
        return cast("Source", import_module(f"imagelock.sources.{part}"))


def fits(parts: list[str], pattern: str) -> bool:
    """Tell whether the end of a path, in its *parts*, is what *pattern* says."""
    if "/" not in pattern:
        return is_like(parts[-1], pattern)
    wanted = pattern.split("/")
    here = parts[-len(wanted) :]
    return len(here) == len(wanted) and all(map(is_like, here, wanted))


def is_like(name: str, pattern: str) -> bool:
    """Tell whether *name* is *pattern*, in which `*` is any text."""
    head, *rest = pattern.split("*")
    if not rest:
        return name == pattern
    end = len(name) - len(rest[-1])
    if end < len(head) or not (name.startswith(head) and name.endswith(rest.pop())):
        return False
    at = len(head)
    for piece in rest:
        if (found := name.find(piece, at, end)) < 0:
            return False
        at = found + len(piece)
    return True
