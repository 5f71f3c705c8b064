"""The format `html`: pages in a single file, which are made from templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.verify import Verdict
    from imagelock.report.changes import Changes

# Templates are loaded where a page is asked for, not with the other formats.


def findings(verdict: Verdict) -> str:
    """Return the output of `verify --format html`."""
    from imagelock.report.page.findings import verdict_page

    return verdict_page(verdict)


def changes(report: Changes) -> str:
    """Return the output of `lock`, `update` and `diff` with `--format html`."""
    from imagelock.report.page.changes import changes_page

    return changes_page(report)


def scan(run: ScanVerdict) -> str:
    """Return the output of `scan --format html`."""
    from imagelock.report.page.findings import scan_page

    return scan_page(run)
