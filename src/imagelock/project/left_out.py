"""What a project names where its settings do not ask to look."""

from __future__ import annotations

from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING
from imagelock.project.optional_sources import is_repository_chart
from imagelock.sources import SHELL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.span import Span

    _PlaceKey = tuple[PurePosixPath, Span]


@dataclass(slots=True)
class LeftOut:
    """The places of what would be found if the settings asked for it.

    `guesses` are those of values that look like images, `commands` those of images in
    commands, and `charts` those of charts in repositories.
    """

    guesses: set[_PlaceKey] = field(default_factory=set)
    commands: set[_PlaceKey] = field(default_factory=set)
    charts: set[_PlaceKey] = field(default_factory=set)

    def add(self, found: Iterable[Found]) -> None:
        """Add the places of what was *found*, and is left out."""
        for each in found:
            places = self.guesses
            if is_repository_chart(each):
                places = self.charts
            elif each.place.format == SHELL:
                places = self.commands
            places.add((each.place.path, each.place.span))

    def remove(self, found: Iterable[Found]) -> None:
        """Remove the guesses and commands where something else was *found*."""
        if self.guesses or self.commands:
            there = {(each.place.path, each.place.span) for each in found}
            self.guesses -= there
            self.commands -= there
