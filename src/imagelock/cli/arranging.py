"""What of the findings is reported, and how severe it is to the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.ignoring import left
from imagelock.verify import arrange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.finding import Finding
    from imagelock.occurrence import Found
    from imagelock.project import Project


def arranged(
    project: Project, findings: Iterable[Finding], found: Sequence[Found]
) -> list[Finding]:
    """Return *findings* by place, without what comments and settings ignore.

    *found* is all that the project names.
    """
    kept = arrange(left(findings, found), project.severities, project.ignored)
    return list(project.image_settings.softened(kept))
