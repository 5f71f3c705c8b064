"""What commands say of a project in which no file names an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.nothing_found import no_image_findings
from imagelock.model.finding import Severity
from imagelock.report.findings import format_finding_list, format_hints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.cli.session import Session
    from imagelock.model.occurrence import Found
    from imagelock.project.project_files import ProjectFiles


def report_no_image(
    session: Session, project: ProjectFiles, found: Sequence[Found] | None = None
) -> int:
    """Print to stderr that no file of *project* names an image, if that is so.

    *found* is all that its files name; without it, they are read. Returns the exit code: 1 where an image is expected, as `verify` decides it.
    """
    findings = no_image_findings(project, found)
    is_error = any(finding.severity is Severity.ERROR for finding in findings)
    if is_error or not session.quiet:
        style = session.error_style
        session.error(format_finding_list(findings, style, None))
        session.error(format_hints((finding.hint for finding in findings), style))
    return int(is_error)
