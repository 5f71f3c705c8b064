"""The report formats of `--format` and `--report`, except `text`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.report import as_json, github, gitlab, junit, markdown, sarif

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.commands.verify import Verdict
    from imagelock.report.changes import Changes


@dataclass(frozen=True, slots=True)
class Reporter:
    """A report format: pure functions that render findings and changes.

    `changes` is `None` for a format that only has findings.
    """

    findings: Callable[[Verdict], str]
    changes: Callable[[Changes], str] | None = None


FORMATS: Final[dict[str, Reporter]] = {
    "json": Reporter(as_json.findings, as_json.changes),
    "jsonl": Reporter(as_json.finding_lines, as_json.change_lines),
    "markdown": Reporter(markdown.findings, markdown.changes),
    "github": Reporter(github.findings),
    "sarif": Reporter(sarif.findings),
    "gitlab": Reporter(gitlab.findings),
    "junit": Reporter(junit.findings),
}
"""The formats by name, except `text`, which depends on the terminal."""
