"""JSON, one object a line: what is in the JSON output, for tools that read streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagelock.report.as_json import VERSION, change, failure, finding

if TYPE_CHECKING:
    from imagelock.commands.verify import Verdict
    from imagelock.report.changes import Changes


def findings(verdict: Verdict) -> str:
    """Return a line for each finding, and one with the counts at the end."""
    lines = [_line("finding", finding(one)) for one in verdict.findings]
    counts = {"checked": verdict.checked, "could_not_check": verdict.could_not_check}
    return "".join([*lines, _line("summary", counts)])


def changes(report: Changes) -> str:
    """Return a line for each change, each change that was left, and each failure."""
    lines = [_line("change", change(one)) for one in report.changes]
    lines += [_line("left", change(one)) for one in report.index_only_skipped]
    lines += [_line("failure", failure(k, e)) for k, e in report.failures.items()]
    return "".join(lines)


def _line(kind: str, fields: dict[str, Any]) -> str:
    return json.dumps({"version": VERSION, "type": kind, **fields}) + "\n"
