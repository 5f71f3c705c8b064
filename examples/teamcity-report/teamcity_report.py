"""Findings as service messages of TeamCity.

See "Service Messages" in the documentation of TeamCity: values escape `|`, `'`, `[`, `]`
and line ends with `|`.
"""

from imagelock.plugin import Finding, Severity, Verdict

_ESCAPES = str.maketrans(
    {"|": "||", "'": "|'", "[": "|[", "]": "|]", "\n": "|n", "\r": "|r"}
)


def findings(verdict: Verdict) -> str:
    """Return a message for each finding: errors fail the build."""
    return "".join(map(_message, verdict.findings))


def _message(finding: Finding) -> str:
    line = finding.span.line if finding.span else 1
    text = f"{finding.path}:{line}: {finding.message} ({finding.rule.slug})"
    text = text.translate(_ESCAPES)
    if finding.severity is Severity.ERROR:
        return f"##teamcity[buildProblem description='{text}']\n"
    return f"##teamcity[message text='{text}' status='WARNING']\n"
