"""Findings as diagnostics of the language server protocol."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from lsprotocol.types import (
    CodeDescription,
    Diagnostic,
    DiagnosticSeverity,
    DiagnosticTag,
    Position,
    Range,
)

from imagelock.dataclass import dataclass
from imagelock.errors import UnreadableFileError
from imagelock.lsp.positions import SpanMap
from imagelock.model.finding import Rule, Severity
from imagelock.model.source_text import Text
from imagelock.project.boundary import read_inside
from imagelock.report.identity import help_url
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path, PurePosixPath

    from lsprotocol.types import PositionEncodingKind

    from imagelock.lsp.check import ProjectCheck
    from imagelock.model.finding import Finding

SOURCE: Final = "imagelock"
_SEVERITIES: Final = {
    Severity.ERROR: DiagnosticSeverity.Error,
    Severity.WARNING: DiagnosticSeverity.Warning,
    # `verify` shows notes only when asked to.
    Severity.NOTE: DiagnosticSeverity.Hint,
}

Corners = tuple[int, int, int, int]
"""The line and the character of the start, and those of the end."""


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding, without further places, and where it is for the client."""

    finding: Finding
    corners: Corners

    def diagnostic(self) -> Diagnostic:
        """Return it as the protocol has it."""
        finding = self.finding
        hint = f"\nhint: {printable(finding.hint)}" if finding.hint else ""
        line, character, end_line, end_character = self.corners
        return Diagnostic(
            range=Range(Position(line, character), Position(end_line, end_character)),
            message=printable(finding.message) + hint,
            severity=_SEVERITIES[finding.severity],
            code=finding.rule.slug,
            code_description=CodeDescription(help_url(finding.rule.slug)),
            source=SOURCE,
            tags=[DiagnosticTag.Unnecessary]
            if finding.rule is Rule.STALE_ENTRY
            else None,
        )


@dataclass(frozen=True, slots=True)
class PlacedFindings:
    """The findings in a file; `exists` is whether there is anything to show them in."""

    findings: tuple[PlacedFinding, ...]
    exists: bool


def place_findings(
    checks: Iterable[ProjectCheck],
    unsaved: Mapping[Path, bytes],
    encoding: PositionEncodingKind,
) -> dict[Path, PlacedFindings]:
    """Return the findings of *checks* by file."""
    placed = {}
    for check in checks:
        by_path: dict[PurePosixPath, list[Finding]] = defaultdict(list)
        for finding in check.findings:
            if finding.severity in _SEVERITIES:
                for each in finding.at_each_place():
                    by_path[each.path].append(each)
        for path, findings in by_path.items():
            full = check.root / path
            spans = span_map(check.root, path, unsaved.get(full), encoding)
            placed[full] = PlacedFindings(
                tuple(PlacedFinding(f, _corners(f, spans)) for f in findings),
                exists=spans is not None or (check.root / path).exists(),
            )
    return placed


def span_map(
    root: Path,
    path: PurePosixPath,
    data: bytes | None,
    encoding: PositionEncodingKind,
) -> SpanMap | None:
    """Return the positions of spans of the file at *path*; `None` if it has no text.

    *data* is its content, if that is not what is on disk.
    """
    try:
        data = read_inside(root, path) if data is None else data
        return SpanMap(data, Text.decode(data), encoding)
    except UnreadableFileError:
        return None


def _corners(finding: Finding, spans: SpanMap | None) -> Corners:
    if finding.span is None or spans is None:
        return 0, 0, 0, 0
    place = spans.range(finding.span)
    return (
        *(place.start.line, place.start.character),
        *(place.end.line, place.end.character),
    )
