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
_REQUIRED: Final = ("ABOUT", "may_match", "matches", "find")


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
            hint=f"remove `[sources.{name}]`, or fix the installed package",
        )
    source = _imported(points[0])
    if missing := [each for each in _REQUIRED if not hasattr(source, each)]:
        names = ", ".join(f"`{each}`" for each in missing)
        raise ConfigurationError(f"the source {_label(points[0])} lacks {names}")
    return CatalogEntry(name, ("*",), plugin=_Guarded(cast("Source", source), name))


def _points() -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - most need none

    return entry_points(group=GROUP)


def _imported(point: EntryPoint) -> object:
    try:
        return point.load()
    # Anything can happen while the code of another package is imported.
    except Exception as error:
        raise ConfigurationError(
            f"the source {_label(point)} cannot be imported:"
            f" {type(error).__name__}: {error}"
        ) from error


def _label(point: EntryPoint) -> str:
    return f"`{point.name}` (`{point.value}` of {_package(point)})"


def _package(point: EntryPoint) -> str:
    return f"`{point.dist.name}`" if point.dist else "a package without a name"


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
        try:
            return bool(self.source.may_match(path))
        except Exception as error:
            raise self._failure(path, error) from error

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Return the answer of the source, or raise `ConfigurationError`."""
        try:
            return bool(self.source.matches(path, text))
        except Exception as error:
            raise self._failure(path, error) from error

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the findings of the source; its failure is a last one."""
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
        """Yield the replacements of the source, if it has any."""
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
