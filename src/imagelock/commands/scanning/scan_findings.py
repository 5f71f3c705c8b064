"""The findings of `scan`, at the lines that name the images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.commands.selection import places_by_key
from imagelock.commands.verify import settings_path
from imagelock.dataclass import replace
from imagelock.lockfile.model import LOCKFILE
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.occurrence import Place
from imagelock.model.span import FILE_START, Span
from imagelock.scanning.counts import count_words, most_severe, worst_by_id
from imagelock.scanning.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles
    from imagelock.scanning.assessment import Acceptances, Assessment
    from imagelock.scanning.vulnerability import VulnerabilitySeverity

_FEW: Final = 3
"""Vulnerabilities that a message names."""


class ScanFindings:
    """Turns assessments into findings: one for each image and rule."""

    def __init__(
        self,
        project: ProjectFiles,
        found: Sequence[Found],
        lockfile: Lockfile,
        fail_on: VulnerabilitySeverity,
    ) -> None:
        self._project = project
        self._places = places_by_key(found)
        self._lockfile = lockfile
        self._fail_on = fail_on

    def about(self, assessments: Iterable[Assessment]) -> Iterator[Finding]:
        """Yield the findings about *assessments*."""
        for key, group in _by_reference(assessments).items():
            yield from self._vulnerabilities(key, group)
            yield from self._ended(key, group)
            yield from self._not_scanned(key, group)
            yield from self._nothing(key, group)

    def failing(self, assessments: Iterable[Assessment]) -> frozenset[Reference]:
        """Return the images with a vulnerability as severe as `--fail-on`."""
        return frozenset(
            assessment.reference
            for assessment in assessments
            if any(v.severity >= self._fail_on for v in assessment.vulnerabilities)
        )

    def stale(self, acceptances: Acceptances) -> Iterator[Finding]:
        """Yield a finding for each acceptance that accepts nothing."""
        for entry in acceptances.unused():
            where = f" in `{entry.pattern.text}`" if entry.pattern else ""
            yield Finding(
                rule=Rule.STALE_ACCEPTANCE,
                severity=Rule.STALE_ACCEPTANCE.severity,
                message=f"`{entry.id}` is accepted{where}, but no scan found it there",
                path=settings_path(self._project),
                span=FILE_START,
                hint="remove the entry of `[[scan.accept]]`",
            )

    def _vulnerabilities(
        self, key: Reference, group: Sequence[Assessment]
    ) -> Iterator[Finding]:
        rows = [row for entry in group for row in entry.vulnerabilities]
        if not rows:
            return
        worst = worst_by_id(rows)
        fixable = {row.id for row in rows if row.is_fixable}
        exploited = {row.id for row in rows if row.exploited}
        message = (
            f"`{key.familiar}` has {count_words(worst)}: {most_severe(worst, _FEW)}"
        )
        details = []
        if exploited:
            details.append(f"{len(exploited)} known to be exploited")
        if fixable:
            details.append(f"{len(fixable)} with a fix")
        if details:
            message += f" ({', '.join(details)})"
        for ended in dict.fromkeys(e for entry in group for e in entry.expired):
            message += f"; `{ended.id}` was accepted until {ended.until}"
        hint = (
            "`imagelock update --dry-run` shows newer content, and `imagelock outdated`"
            " newer tags"
            if fixable
            else None
        )
        yield self._finding(key, Rule.VULNERABILITY, message, hint)

    def _ended(self, key: Reference, group: Sequence[Assessment]) -> Iterator[Finding]:
        systems = [a.report.os for a in group if a.report and a.report.os]
        ended = {f"{s.name} {s.version}".strip() for s in systems if s.is_end_of_life}
        asked = self._project.config.policy.end_of_life
        for system in sorted(ended):
            message = f"`{key.familiar}`: {system} is no longer supported, so that a"
            message += " scanner may not know all of its vulnerabilities"
            finding = self._finding(
                key, Rule.END_OF_LIFE, message, "use a version that is supported"
            )
            yield finding if asked else replace(finding, severity=Severity.WARNING)

    def _not_scanned(
        self, key: Reference, group: Sequence[Assessment]
    ) -> Iterator[Finding]:
        problems: dict[str, list[Assessment]] = {}
        for entry in group:
            if entry.outcome is Outcome.COULD_NOT_SCAN:
                problems.setdefault(entry.problem, []).append(entry)
        for problem, entries in problems.items():
            names = ", ".join(str(p) for e in entries if (p := e.locked.platform))
            platforms = f" for {names}" if names else ""
            message = f"`{key.familiar}` could not be scanned{platforms}: {problem}"
            yield self._finding(key, Rule.COULD_NOT_CHECK, message, entries[0].hint)

    def _nothing(
        self, key: Reference, group: Sequence[Assessment]
    ) -> Iterator[Finding]:
        empty = [e for e in group if e.outcome is Outcome.NOTHING_TO_SCAN]
        if not empty:
            return
        names = ", ".join(str(p) for e in empty if (p := e.locked.platform))
        if empty[0].locked.is_artifact:
            message = f"`{key.familiar}` is no container image: nothing was scanned"
        else:
            message = f"`{key.familiar}` has no packages that the scanner knows"
            message += f" ({names}): nothing was compared"
        yield self._finding(key, Rule.NOTHING_TO_SCAN, message)

    def _finding(
        self, key: Reference, rule: Rule, message: str, hint: str | None = None
    ) -> Finding:
        """Return a finding at the first use of an image, or in the lockfile."""
        places = self._places.get(key) or [self._entry(key)]
        return Finding.of_image(key, places, rule, message, hint)

    def _entry(self, key: Reference) -> Place:
        """Return the place of the entry of *key* in the lockfile."""
        span = Span(0, 0, self._lockfile.lines.get(key, 1), 1)
        return Place(path=LOCKFILE, span=span, text="", format="lock", uses=("",))


def _by_reference(
    assessments: Iterable[Assessment],
) -> dict[Reference, list[Assessment]]:
    groups: dict[Reference, list[Assessment]] = {}
    for entry in assessments:
        groups.setdefault(entry.reference, []).append(entry)
    return groups
