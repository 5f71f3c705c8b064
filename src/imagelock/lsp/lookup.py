"""What a check found in a file, and at a position of it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.lsp.diagnostics import span_map
from imagelock.model.occurrence import Occurrence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lsprotocol.types import Range

    from imagelock.lsp.check import ProjectCheck
    from imagelock.lsp.checked_folder import FolderResult
    from imagelock.lsp.positions import SpanMap
    from imagelock.model.finding import Finding
    from imagelock.project.project_files import ProjectFiles


@dataclass(frozen=True, slots=True)
class FileLookup:
    """The file at *path* of a checked *project*."""

    check: ProjectCheck
    project: ProjectFiles
    path: PurePosixPath
    spans: SpanMap

    @property
    def occurrences(self) -> Sequence[Occurrence]:
        """The references in the file."""
        return [
            found
            for found in self.check.found
            if isinstance(found, Occurrence) and found.place.path == self.path
        ]

    def occurrences_in(self, place: Range) -> list[Occurrence]:
        """Return the references that *place* touches."""
        start, end = self.spans.positions.indexes(place)
        touched = []
        for occurrence in self.occurrences:
            first, last = self.spans.indexes(occurrence.place.span)
            if first <= end and start <= last:
                touched.append(occurrence)
        return touched

    def findings_of(self, occurrence: Occurrence) -> list[Finding]:
        """Return the findings at the place of *occurrence*, and those of its image."""
        place, key = occurrence.place, occurrence.reference.key
        return [
            finding
            for finding in self.check.findings
            if (finding.path == place.path and finding.span == place.span)
            or (finding.reference is not None and finding.reference.key == key)
        ]


def look_up(result: FolderResult, path: Path) -> FileLookup | None:
    """Return what *result* has of the file at *path*, if it is one of a project."""
    around = [each for each in result.checks if path.is_relative_to(each.root)]
    check = max(around, key=lambda each: len(each.root.parts), default=None)
    if check is None or check.project is None:
        return None
    inside = PurePosixPath(path.relative_to(check.root).as_posix())
    data = check.project.unsaved.get(inside)
    spans = span_map(check.root, inside, data, result.encoding)
    return FileLookup(check, check.project, inside, spans) if spans else None
