"""The JSON of `grype -o json`."""

from __future__ import annotations

from typing import Final

from imagelock.model.platform import Platform
from imagelock.scanning.reports.normalisation import (
    aliases_in,
    normalised,
    package_of,
    severity_of,
)
from imagelock.scanning.reports.report_object import ReportObject, digest_in
from imagelock.scanning.scan_report import OperatingSystem, ReportError, ScanReport
from imagelock.scanning.vulnerability import (
    FixState,
    Vulnerability,
    VulnerabilitySeverity,
    canonical_id,
)

TOOL: Final = "grype"


def read(output: bytes) -> ScanReport:
    """Read the report in *output*.

    Raises:
        ReportError: it is not the whole report of an image.
    """
    report = ReportObject.parse(TOOL, output)
    descriptor = report.child("descriptor", required=True)
    if descriptor.text("name") != TOOL:
        raise descriptor.wrong("name", f"is not `{TOOL}`")
    source = report.child("source", required=True)
    if source.text("type") != "image":
        raise source.wrong("type", "is not `image`")
    matches = report.children("matches", required=True)
    database = _database(descriptor)
    target = source.child("target", required=True)
    ignored = len(report.children("ignoredMatches"))
    system = _system(report)
    return ScanReport(
        tool=TOOL,
        tool_version=descriptor.text("version"),
        digest=digest_in(target.text("manifestDigest")),
        database=database.text("built"),
        built=database.time("built"),
        platform=_platform(target),
        os=system,
        # Packages are not counted. Without matches, a distribution means that
        # there were some.
        packages=0 if not matches and not ignored and system is None else None,
        vulnerabilities=_vulnerabilities(report),
        suppressed=ignored,
    )


def vulnerabilities(output: bytes) -> tuple[Vulnerability, ...]:
    """Return the vulnerabilities in *output*, the report of anything.

    Raises:
        ReportError: it is not a whole report.
    """
    return _vulnerabilities(ReportObject.parse(TOOL, output))


def _vulnerabilities(report: ReportObject) -> tuple[Vulnerability, ...]:
    providers = report.child("descriptor").child("db").child("providers")
    return normalised(
        _row(match, knows_exploited=providers.has("kev"))
        for match in report.children("matches", required=True)
    )


def _database(descriptor: ReportObject) -> ReportObject:
    """Return the status of the database, which older versions write in its place."""
    database = descriptor.child("db")
    status = database.child("status") if database.has("status") else database
    if status.values.get("valid") is False or status.text("error"):
        raise ReportError("the database of grype was not valid")
    return status


def _system(report: ReportObject) -> OperatingSystem | None:
    distribution = report.child("distro")
    if not (name := distribution.text("name")):
        return None
    alerts = [
        alert
        for package in report.children("alertsByPackage")
        for alert in package.children("alerts")
    ]
    ended = any("eol" in alert.text("type") for alert in alerts)
    # Without alerts, grype may know no date for the distribution.
    return OperatingSystem(name, distribution.text("version"), ended or None)


def _platform(target: ReportObject) -> Platform | None:
    names = [target.text(key) for key in ("os", "architecture")]
    return Platform.normalised(*names) if all(names) else None


def _row(match: ReportObject, *, knows_exploited: bool) -> Vulnerability:
    vulnerability = match.child("vulnerability", required=True)
    related = match.children("relatedVulnerabilities")
    package = match.child("artifact", required=True)
    purl = package.text("purl")
    fix = vulnerability.child("fix")
    name, aliases = canonical_id(
        [
            vulnerability.text("id", required=True),
            *aliases_in(other.text("id") for other in related),
        ]
    )
    sources = [vulnerability, *related]
    return Vulnerability(
        id=name,
        aliases=aliases,
        package=package.text("name", required=True),
        type=package_of(purl)[0] or package.text("type"),
        installed=package.text("version"),
        fixed=fix.texts("versions"),
        state=_state(fix.text("state")),
        severity=_severity(sources),
        score=_score(sources),
        exploited=_exploited(sources, is_known=knows_exploited),
        epss=_probability(sources),
        purl=purl,
        url=vulnerability.text("dataSource"),
        title=next(filter(None, (s.text("description") for s in sources)), ""),
    )


def _state(word: str) -> FixState:
    return FixState(word) if word in set(FixState) else FixState.UNKNOWN


def _severity(sources: list[ReportObject]) -> VulnerabilitySeverity:
    """Return the severity of the first source that knows it."""
    severities = (severity_of(source.text("severity")) for source in sources)
    return next(filter(None, severities), VulnerabilitySeverity.UNKNOWN)


def _score(sources: list[ReportObject]) -> float | None:
    scores = (
        rating.child("metrics").number("baseScore")
        for source in sources
        for rating in source.children("cvss")
    )
    return next((score for score in scores if score is not None), None)


def _exploited(sources: list[ReportObject], *, is_known: bool) -> bool | None:
    if any(source.children("knownExploited") for source in sources):
        return True
    return False if is_known else None


def _probability(sources: list[ReportObject]) -> float | None:
    values = (
        entry.number("epss") for source in sources for entry in source.children("epss")
    )
    return max((value for value in values if value is not None), default=None)
