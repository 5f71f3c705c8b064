"""Sources of other packages, guarded so that a failure stops no other file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from imagelock import entry_points
from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError
from imagelock.model.occurrence import Place, Reason, Skipped
from imagelock.sources.catalog import CatalogEntry
from imagelock.sources.protocol import is_changing, is_relating

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.protocol import About, Source
    from imagelock.sources.relations import Relation, RemainingImages


def load(name: str) -> CatalogEntry:
    """Return the source *name* of an installed package.

    Raises:
        ConfigurationError: not exactly one package offers it, it cannot be imported,
            or it lacks an attribute of a source.
    """
    source = cast("Source", entry_points.load(entry_points.SOURCE, name))
    return CatalogEntry(
        name,
        ("*",),
        is_relating=is_relating(source),
        plugin=_Guarded(source, name),
    )


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A source of another package, whose exceptions become errors with its name."""

    source: Source
    name: str

    @property
    def ABOUT(self) -> About:  # noqa: N802 - a source has this name
        """The documentation of the source."""
        return self.source.ABOUT

    def may_match(self, path: PurePosixPath) -> bool:
        """Return the answer of the source, or raise `ConfigurationError`."""
        with self._blamed(path):
            return bool(self.source.may_match(path))

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Return the answer of the source, or raise `ConfigurationError`."""
        with self._blamed(path):
            return bool(self.source.matches(path, text))

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the findings of the source; its failure is a last one."""
        try:
            with self._blamed(path):
                yield from self.source.find(path, text, context)
        except ConfigurationError as error:
            place = Place.of_file(path, self.name)
            yield Skipped(place=place, reason=Reason.UNPARSEABLE, detail=str(error))

    def relations(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Relation]:
        """Yield the relations of the source, if it has any."""
        if is_relating(self.source):
            with self._blamed(path):
                yield from self.source.relations(path, text, context)

    def remaining(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> RemainingImages:
        """Return what the source says that images are afterwards, if it does."""
        if not is_changing(self.source):
            return {}
        with self._blamed(path):
            return self.source.remaining(path, text, context)

    @contextmanager
    def _blamed(self, path: PurePosixPath) -> Iterator[None]:
        """Turn whatever the source raises at *path* into an error with its name."""
        try:
            yield
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            message = f"the source `{self.name}` failed at `{path}`: {what}"
            raise ConfigurationError(message) from error
