"""Sources of other packages: entry points of the group `imagelock.sources`.

Only those that the settings of a project name are loaded: what is locked must
not depend on what else is installed on a machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from imagelock.errors import ConfigurationError
from imagelock.model.occurrence import Place, Reason, Skipped
from imagelock.model.span import Span
from imagelock.sources.catalog import CatalogEntry
from imagelock.sources.protocol import Replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import EntryPoint
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.protocol import About, Source

GROUP: Final = "imagelock.sources"
_NEEDED: Final = ("ABOUT", "may_match", "matches", "find")


def installed() -> tuple[str, ...]:
    """Return the names of the sources that installed packages offer, sorted."""
    return tuple(sorted({point.name for point in _points()}))


def load(name: str) -> CatalogEntry:
    """Return the source *name* of an installed package.

    Raises:
        ConfigurationError: no package or several offer it, it cannot be imported,
            or it lacks what a source must have.
    """
    points = tuple(point for point in _points() if point.name == name)
    if len(points) != 1:
        offers = ", ".join(sorted(_package(point) for point in points)) or "none"
        raise ConfigurationError(
            f"one installed package must offer the source `{name}`, but {offers} do",
            hint=f"take `[sources.{name}]` out of the settings, or mend what is"
            " installed",
        )
    source = _imported(points[0])
    if missing := [one for one in _NEEDED if not hasattr(source, one)]:
        names = ", ".join(f"`{one}`" for one in missing)
        raise ConfigurationError(f"the source {_known_as(points[0])} lacks {names}")
    return CatalogEntry(name, ("*",), loaded=_Guarded(cast("Source", source), name))


def _points() -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - most need none

    return entry_points(group=GROUP)


def _imported(point: EntryPoint) -> object:
    try:
        return point.load()
    # Anything can happen while the code of a stranger is imported.
    except Exception as error:
        raise ConfigurationError(
            f"the source {_known_as(point)} cannot be imported:"
            f" {type(error).__name__}: {error}"
        ) from error


def _known_as(point: EntryPoint) -> str:
    return f"`{point.name}` (`{point.value}` of {_package(point)})"


def _package(point: EntryPoint) -> str:
    return f"`{point.dist.name}`" if point.dist else "a package without a name"


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A source of another package: what it raises says whose fault it is."""

    source: Source
    name: str

    @property
    def ABOUT(self) -> About:  # noqa: N802 - a source has this name
        """What the source says of itself."""
        return self.source.ABOUT

    def may_match(self, path: PurePosixPath) -> bool:
        """Tell what the source says of a path."""
        try:
            return bool(self.source.may_match(path))
        except Exception as error:
            raise self._failure(path, error) from error

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Tell what the source says of a text."""
        try:
            return bool(self.source.matches(path, text))
        except Exception as error:
            raise self._failure(path, error) from error

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield what the source finds, and that it failed if it did."""
        try:
            yield from self.source.find(path, text, context)
        except Exception as error:  # noqa: BLE001 - it stops no other file
            place = Place(
                path=path,
                span=Span(0, 0, 1, 1),
                text="",
                format=self.name,
                uses=("",),
            )
            yield Skipped(
                place=place,
                reason=Reason.UNPARSEABLE,
                detail=str(self._failure(path, error)),
            )

    def replacements(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """Yield what the source says of other files, if it says something."""
        if isinstance(self.source, Replacing):
            try:
                yield from self.source.replacements(path, text, context)
            except Exception as error:
                raise self._failure(path, error) from error

    def _failure(self, path: PurePosixPath, error: Exception) -> ConfigurationError:
        what = f"{type(error).__name__}: {error}"
        return ConfigurationError(
            f"the source `{self.name}` failed at `{path}`: {what}"
        )
