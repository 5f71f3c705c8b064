"""Every format for machines and for reviewers, one pure function each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.report import as_json, as_lines, github, gitlab, junit, markdown, sarif

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.commands.verify import Verdict
    from imagelock.report.changes import Changes


@dataclass(frozen=True, slots=True)
class Reporter:
    """How a format writes findings and changes; `None` where it has no form for them."""

    findings: Callable[[Verdict], str]
    changes: Callable[[Changes], str] | None = None


FORMATS: Final[dict[str, Reporter]] = {
    "json": Reporter(as_json.verdict, as_json.changes),
    "jsonl": Reporter(as_lines.findings, as_lines.changes),
    "markdown": Reporter(markdown.findings, markdown.changes),
    "github": Reporter(github.findings),
    "sarif": Reporter(sarif.findings),
    "gitlab": Reporter(gitlab.findings),
    "junit": Reporter(junit.findings),
}
"""All but `text`, which needs to know the terminal."""
