"""Which findings are reported, and how severe they are, as comments and settings say."""

from __future__ import annotations

from imagelock.commands.hidden_values import hide_in_findings
from imagelock.dataclass import replace
from imagelock.light_typing import TYPE_CHECKING
from imagelock.lockfile.model import Lockfile
from imagelock.model.finding import Severity
from imagelock.project.suppressions import filter_findings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles


def apply_rule_settings(
    project: ProjectFiles, findings: Iterable[Finding], found: Sequence[Found]
) -> list[Finding]:
    """Return *findings* by place, without those that comments and settings ignore.

    Values of variables that may be secret are not in them. *found* is everything that
    the project names.
    """
    rated = sorted(_rated(project, filter_findings(findings, found)), key=_place)
    relaxed = project.image_rules.relax_allowed_drift(rated)

    def locked() -> Collection[Reference]:
        return (project.healed_lockfile() or Lockfile()).images

    return hide_in_findings(relaxed, found, locked)


def _rated(project: ProjectFiles, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield those *findings* that *project* does not ignore, as severe as it says."""
    for finding in findings:
        severity = project.severities.get(finding.rule, finding.severity)
        if finding.rule not in project.ignored and severity is not Severity.OFF:
            yield replace(finding, severity=severity)


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    line, column = (finding.span.line, finding.span.column) if finding.span else (0, 0)
    return str(finding.path), line, column, finding.rule.slug, finding.message
