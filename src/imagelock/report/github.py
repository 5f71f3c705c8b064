"""Findings as GitHub's workflow commands, which become annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Severity
from imagelock.report.style import printable

if TYPE_CHECKING:
    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding

_COMMANDS: Final = {
    Severity.OFF: "debug",
    Severity.NOTE: "notice",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}
_IN_TEXT: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY: Final = _IN_TEXT | str.maketrans({":": "%3A", ",": "%2C"})


def findings(verdict: Verdict) -> str:
    """Return a line for each place of a finding: `::error file=…,line=…,…::message`.

    GitHub, "Workflow commands"; the escapes are those of `actions/toolkit`,
    `command.ts`. GitHub shows at most ten of each severity for a step.
    """
    return "".join(
        _line(place)
        for finding in verdict.findings
        for place in finding.at_each_place()
    )


def _line(finding: Finding) -> str:
    properties = {"file": str(finding.path)}
    if finding.span is not None:
        properties["line"] = str(finding.span.line)
        properties["col"] = str(finding.span.column)
    properties["title"] = f"imagelock: {finding.rule.slug}"
    fields = ",".join(
        f"{name}={printable(value).translate(_IN_PROPERTY)}"
        for name, value in properties.items()
    )
    message = printable(finding.message)
    if finding.hint:
        message += f"\n{printable(finding.hint)}"
    return f"::{_COMMANDS[finding.severity]} {fields}::{message.translate(_IN_TEXT)}\n"
