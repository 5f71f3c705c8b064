"""The JSON of `trivy image --format json` (report schema 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.platform import Platform
from imagelock.scanning.reports.normalisation import (
    aliases_in,
    normalised,
    package_of,
    severity_of,
)
from imagelock.scanning.reports.report_object import ReportObject, digest_in
from imagelock.scanning.scan_report import OperatingSystem, ScanReport
from imagelock.scanning.vulnerability import FixState, Vulnerability, canonical_id

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL: Final = "trivy"
_SCHEMA: Final = 2
_PACKAGES: Final = frozenset({"os-pkgs", "lang-pkgs"})
_STATES: Final = {
    "fixed": FixState.FIXED,
    "affected": FixState.NOT_FIXED,
    "fix_deferred": FixState.NOT_FIXED,
    "will_not_fix": FixState.WONT_FIX,
    "end_of_life": FixState.WONT_FIX,
}


def read(output: bytes) -> ScanReport:
    """Read the report in *output*.

    Raises:
        ReportError: it is not the whole report of an image.
    """
    report = _parsed(output)
    if report.text("ArtifactType") != "container_image":
        raise report.wrong("ArtifactType", "is not `container_image`")
    metadata = report.child("Metadata", required=True)
    results = _results(report)
    digests = list(filter(None, map(digest_in, metadata.texts("RepoDigests"))))
    return ScanReport(
        tool=TOOL,
        tool_version=report.child("Trivy").text("Version"),
        digest=digests[0] if digests else None,
        other_digests=tuple(digests[1:]),
        built=report.time("CreatedAt"),
        platform=_platform(metadata.child("ImageConfig")),
        os=_system(metadata),
        packages=_package_count(results),
        vulnerabilities=_vulnerabilities(results),
        suppressed=sum(
            len(r.children("ExperimentalModifiedFindings")) for r in results
        ),
    )


def vulnerabilities(output: bytes) -> tuple[Vulnerability, ...]:
    """Return the vulnerabilities in *output*, the report of anything.

    Raises:
        ReportError: it is not a whole report.
    """
    return _vulnerabilities(_results(_parsed(output)))


def _parsed(output: bytes) -> ReportObject:
    report = ReportObject.parse(TOOL, output)
    if report.values.get("SchemaVersion") != _SCHEMA:
        raise report.wrong("SchemaVersion", f"is not {_SCHEMA}")
    return report


def _results(report: ReportObject) -> list[ReportObject]:
    """Return the results that are about packages, and not secrets or settings."""
    results = report.children("Results")
    return [result for result in results if result.text("Class") in _PACKAGES]


def _vulnerabilities(results: list[ReportObject]) -> tuple[Vulnerability, ...]:
    return normalised(row for result in results for row in _rows(result))


def _package_count(results: list[ReportObject]) -> int | None:
    """Return how many packages were found; `None` if they are not listed."""
    if results and not any(result.has("Packages") for result in results):
        return None
    return sum(len(result.children("Packages")) for result in results)


def _system(metadata: ReportObject) -> OperatingSystem | None:
    if not metadata.has("OS"):
        return None
    system = metadata.child("OS")
    ended = system.values.get("EOSL") is True
    return OperatingSystem(system.text("Family"), system.text("Name"), ended)


def _platform(config: ReportObject) -> Platform | None:
    names = [config.text(key) for key in ("os", "architecture", "variant")]
    return Platform.normalised(*names) if all(names[:2]) else None


def _rows(result: ReportObject) -> Iterator[Vulnerability]:
    for row in result.children("Vulnerabilities"):
        purl = row.child("PkgIdentifier").text("PURL")
        name, aliases = canonical_id(
            [
                row.text("VulnerabilityID", required=True),
                *aliases_in(row.texts("VendorIDs")),
            ]
        )
        fixed = row.text("FixedVersion")
        versions = tuple(filter(None, (part.strip() for part in fixed.split(","))))
        yield Vulnerability(
            id=name,
            aliases=aliases,
            package=row.text("PkgName", required=True),
            type=package_of(purl)[0] or result.text("Type"),
            installed=row.text("InstalledVersion"),
            fixed=versions,
            state=_STATES.get(row.text("Status"), _state_of(versions)),
            severity=severity_of(row.text("Severity")),
            score=_score(row),
            purl=purl,
            url=row.text("PrimaryURL"),
            title=row.text("Title") or row.text("Description"),
        )


def _state_of(versions: tuple[str, ...]) -> FixState:
    return FixState.FIXED if versions else FixState.UNKNOWN


def _score(row: ReportObject) -> float | None:
    """Return the CVSS score of the source of the severity, or of another source."""
    scores = row.child("CVSS")
    for source in (row.text("SeveritySource"), "nvd", *scores.values):
        if scores.has(source):
            rating = scores.child(source)
            for key in ("V40Score", "V3Score", "V2Score"):
                if (score := rating.number(key)) is not None:
                    return score
    return None
