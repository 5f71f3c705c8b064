"""The report formats of `--format` and `--report`, except `text`."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.entry_points import REPORT, guarded, load
from imagelock.errors import UsageError, did_you_mean
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol, cast
from imagelock.report import (
    as_json,
    github,
    gitlab,
    html,
    junit,
    markdown,
    pull_request,
    sarif,
)
from imagelock.report.scans import as_markdown as scan_markdown
from imagelock.report.scans import as_sarif as scan_sarif

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.verify import Verdict
    from imagelock.report.changes import Changes


@dataclass(frozen=True, slots=True)
class Reporter:
    """A report format: pure functions that render findings, changes and scans.

    `changes` is `None` for a format that only has findings. `scan` is `None` where the
    result of a scan is its findings. `shows_history` is whether changes have earlier ones
    beside them.
    """

    findings: Callable[[Verdict], str]
    changes: Callable[[Changes], str] | None = None
    scan: Callable[[ScanVerdict], str] | None = None
    shows_history: bool = False

    def of_scan(self, run: ScanVerdict) -> str:
        """Return the result of `scan` in this format."""
        return self.scan(run) if self.scan else self.findings(run.verdict)


FORMATS: Final[dict[str, Reporter]] = {
    "json": Reporter(as_json.findings, as_json.changes, as_json.scan),
    "jsonl": Reporter(as_json.finding_lines, as_json.change_lines, as_json.scan_lines),
    "markdown": Reporter(
        markdown.findings, pull_request.changes, scan_markdown.scan, shows_history=True
    ),
    "html": Reporter(html.findings, html.changes, html.scan, shows_history=True),
    "github": Reporter(github.findings),
    "sarif": Reporter(sarif.findings, scan=scan_sarif.scan),
    "gitlab": Reporter(gitlab.findings),
    "junit": Reporter(junit.findings),
}
"""The formats by name, except `text`, which depends on the terminal.

The help of `--format` has its own list, in `cli/format_names.py`, so that it need not load
every format.
"""


class Report(Protocol):
    """A format of another package. A module with this function is one.

    It may also have `changes(report: Changes) -> str`, for `lock`, `update` and
    `diff`.
    """

    def findings(self, verdict: Verdict) -> str:
        """Return the report of `verify`, with its last newline."""
        ...


def find_reporter(name: str, plugins: Sequence[str] = ()) -> Reporter:
    """Return the format *name*: a built-in one, or one of *plugins*.

    Raises:
        UsageError: there is no such format, or its package cannot be used.
    """
    if name in FORMATS:
        return FORMATS[name]
    if name not in plugins:
        names = ["text", *FORMATS, *plugins]
        raise UsageError(
            f"there is no format `{name}`",
            hint=did_you_mean(name, names)
            or f"use one of {', '.join(names)}, or name a plug-in in `plugins.reports`",
        )
    report = cast("Report", load(REPORT, name))
    changes = getattr(report, "changes", None)
    return Reporter(
        guarded(REPORT, name, report.findings),
        guarded(REPORT, name, changes) if changes else None,
    )
