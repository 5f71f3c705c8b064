"""Rules that a project does not want to hear about in some files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from imagelock.project.gitignore import patterns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePosixPath

    from pathspec import GitIgnoreSpec

    from imagelock.model.occurrence import Found


@dataclass(frozen=True, slots=True)
class PathIgnores:
    """Patterns of files, and the names of the rules that are ignored there."""

    entries: tuple[tuple[GitIgnoreSpec, frozenset[str]], ...]

    @classmethod
    def of(cls, settings: Mapping[str, Sequence[str]]) -> Self:
        """Return those of the settings: rules by a pattern of gitignore."""
        return cls(
            tuple((patterns([p]), frozenset(rules)) for p, rules in settings.items())
        )

    def at(self, path: PurePosixPath) -> frozenset[str]:
        """Return the names of the rules that are ignored in the file at *path*."""
        return frozenset().union(
            *(rules for spec, rules in self.entries if spec.match_file(path))
        )

    def applied(self, found: Found) -> Found:
        """Return *found*, which knows what is ignored where it stands."""
        if not (rules := self.at(found.place.path)):
            return found
        place = replace(found.place, ignores=found.place.ignores | rules)
        return replace(found, place=place)
