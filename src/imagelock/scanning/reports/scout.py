"""The SARIF of `docker scout cves --format sarif`.

A rule is a vulnerability, and its package URLs are the packages that have it. The report
names no image: what was scanned is known only to who ran it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.scanning.reports.normalisation import (
    normalised,
    package_of,
    severity_of,
)
from imagelock.scanning.reports.report_object import ReportObject
from imagelock.scanning.scan_report import ReportError, ScanReport
from imagelock.scanning.vulnerability import FixState, Vulnerability

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL: Final = "scout"
_DRIVER: Final = "docker scout"
_UNFIXED: Final = "not fixed"


def read(output: bytes) -> ScanReport:
    """Read the report in *output*.

    Raises:
        ReportError: it is not a whole report, such as one without results.
    """
    report = ReportObject.parse(TOOL, output)
    runs = report.children("runs", required=True)
    if len(runs) != 1:
        raise report.wrong("runs", "does not have exactly one run")
    (run,) = runs
    driver = run.child("tool", required=True).child("driver", required=True)
    if driver.text("name").lower() != _DRIVER:
        raise driver.wrong("name", f"is not `{_DRIVER}`")
    for invocation in run.children("invocations"):
        if invocation.values.get("executionSuccessful") is False:
            raise ReportError("the report is of a scan that failed")
    results = run.children("results", required=True)
    rules = {rule.text("id", required=True): rule for rule in driver.children("rules")}
    used = {result.text("ruleId", required=True) for result in results}
    if unknown := sorted(used.symmetric_difference(rules)):
        raise ReportError(
            f"the report is not whole: `{unknown[0]}` is not in its rules and results"
        )
    suppressed = {
        result.text("ruleId") for result in results if result.children("suppressions")
    }
    rows = (row for id_ in used - suppressed for row in _rows(id_, rules[id_]))
    return ScanReport(
        tool=TOOL,
        tool_version=driver.text("version"),
        digest=None,
        vulnerabilities=normalised(rows),
        suppressed=len(suppressed),
    )


def _rows(name: str, rule: ReportObject) -> Iterator[Vulnerability]:
    properties = rule.child("properties", required=True)
    purls = properties.texts("purls") or (properties.text("purl", required=True),)
    fixed = properties.text("fixed_version")
    versions = (fixed,) if fixed and fixed.lower() != _UNFIXED else ()
    for purl in purls:
        kind, package, installed = package_of(purl)
        if not package:
            raise properties.wrong("purl", "is not a package URL")
        yield Vulnerability(
            id=name,
            package=package,
            type=kind,
            installed=installed,
            fixed=versions,
            state=FixState.FIXED if versions else FixState.NOT_FIXED,
            severity=severity_of(properties.text("cvssV3_severity")),
            score=properties.number("security-severity"),
            purl=purl,
            url=rule.text("helpUri"),
            title=rule.child("shortDescription").text("text").removeprefix(f"{name}: "),
        )
