"""The entries of the catalog: `SOURCES` in `sources/__init__.py` is its table."""

from __future__ import annotations

from functools import cached_property

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, cast
from imagelock.model.file_kind import rendered
from imagelock.sources.protocol import is_changing, is_relating

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.file_patterns import FilePattern
    from imagelock.sources.protocol import BuiltInSource, Source
    from imagelock.sources.relations import Relation, RemainingImages


@dataclass(frozen=True)
class CatalogEntry:
    """A source by the *name* of its format, and when its module is loaded.

    `files` are patterns of the files that it may read (`FilePattern`), in which
    `{a,b}` stands for each of its alternatives. `keywords` are words of which the
    text of such a file has at least one. `module` is the module below this package
    if it is not named like the format; `path_tables:KO` is an object in one.
    `is_relating` is true if its files can say something about others (`Relating`).
    `plugin` is a source of another package, which decides about files itself.
    Without `templates`, a template of such a file (`*.yaml.j2`) is not read, and without
    `objects` no file that begins as an object of Kubernetes does.
    """

    name: str
    files: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    module: str = ""
    is_relating: bool = False
    plugin: Source | None = None
    templates: bool = True
    objects: bool = True

    def may_match(self, path: PurePosixPath) -> bool:
        """Return whether the file may be of this format, by its path alone."""
        is_named = self._is_named(path)
        if not is_named and self.templates and (inner := rendered(path)) != path:
            is_named = self._is_named(inner)
        return is_named and self.admits(path)

    def _is_named(self, path: PurePosixPath) -> bool:
        parts = str(path).split("/")
        lower = [part.lower() for part in parts]
        return any(pattern.matches(parts, lower) for pattern in self.patterns)

    def admits(self, path: PurePosixPath) -> bool:
        """Return whether a plugin wants the file at *path*; others are not asked."""
        return self.plugin is None or self.plugin.may_match(path)

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Return whether this source reads a file that it may read with this *text*.

        For a file whose text is not known (`""`), whether its name alone is enough.
        """
        if text and self.keywords and not any(word in text for word in self.keywords):
            return False
        return self.source.matches(path, text)

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the images of a file, in the order in which a reader meets them.

        An image that is found again at its place is a repetition: two resources use
        one value, or the alternatives of a template, which is read once for each of
        them, have it in common.
        """
        # Not needed by runs that take everything from the cache.
        from imagelock.sources.shared.digest_slots import without_shared_slots
        from imagelock.sources.shared.merge_uses import without_repetitions

        found = without_repetitions(self.source.find(path, text, context))
        return without_shared_slots(list(found))

    def relations(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Relation]:
        """Yield what the file says about other files of the project."""
        if is_relating(self.source):
            yield from self.source.relations(path, text, context)

    def remaining(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> RemainingImages:
        """Return what the images are that the file changes, after that."""
        if is_changing(self.source):
            return self.source.remaining(path, text, context)
        return {}

    @cached_property
    def patterns(self) -> tuple[FilePattern, ...]:
        """The patterns of `files`, one for each alternative."""
        # An unchanged project needs none.
        from imagelock.sources.file_patterns import FilePattern, expand

        expanded = (each for pattern in self.files for each in expand(pattern))
        return tuple(map(FilePattern, expanded))

    @cached_property
    def source(self) -> BuiltInSource:
        """The source itself, loaded at the first use."""
        if self.plugin is not None:
            return self.plugin
        from importlib import import_module  # an unchanged project needs no source

        name, _, attribute = self.module.partition(":")
        name = name or self.name.replace("-", "_")
        module = import_module(f"imagelock.sources.{name}")
        return cast(
            "BuiltInSource", getattr(module, attribute) if attribute else module
        )


def table(
    name: str,
    files: tuple[str, ...],
    keywords: tuple[str, ...] = (),
    *,
    module: str,
    objects: bool = True,
) -> CatalogEntry:
    """Return the entry of a `PathTable`, whose name in *module* is that of the format.

    All of them say which images the steps of a file build.
    """
    attribute = name.upper().replace("-", "_")
    module = f"{module}:{attribute}"
    return CatalogEntry(
        name, files, keywords, module, is_relating=True, objects=objects
    )
