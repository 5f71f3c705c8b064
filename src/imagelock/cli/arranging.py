"""What of the findings is reported, and how severe it is to the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.verify_files import arrange
from imagelock.project.suppressions import filter_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.project.project_files import ProjectFiles


def arranged(
    project: ProjectFiles, findings: Iterable[Finding], found: Sequence[Found]
) -> list[Finding]:
    """Return *findings* by place, without what comments and settings ignore.

    *found* is all that the project names.
    """
    kept = arrange(
        filter_findings(findings, found), project.severities, project.ignored
    )
    return list(project.image_rules.relax_allowed_drift(kept))
