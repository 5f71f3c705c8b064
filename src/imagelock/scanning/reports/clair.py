"""The vulnerability report of Clair 4, as `clairctl report -o json` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from imagelock.scanning.reports.normalisation import (
    aliases_in,
    normalised,
    severity_of,
)
from imagelock.scanning.reports.report_object import ReportObject, digest_in
from imagelock.scanning.scan_report import OperatingSystem, ScanReport
from imagelock.scanning.vulnerability import FixState, Vulnerability, canonical_id

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL: Final = "clair"
_TYPES: Final = {
    "var/lib/dpkg": "deb",
    "lib/apk": "apk",
    "var/lib/rpm": "rpm",
    "usr/lib/sysimage/rpm": "rpm",
    "python:": "pypi",
    "nodejs:": "npm",
    "ruby:": "gem",
    "go:": "golang",
    "maven:": "maven",
    "jar:": "maven",
}
"""Types of packages by how the path of their database starts."""


def read(output: bytes) -> ScanReport:
    """Read the report in *output*.

    Raises:
        ReportError: it is not a whole vulnerability report.
    """
    report = ReportObject.parse(TOOL, output)
    digest = digest_in(report.text("manifest_hash", required=True))
    if digest is None:
        raise report.wrong("manifest_hash", "is not a digest")
    packages = report.child("packages", required=True)
    report.child("vulnerabilities", required=True)
    return ScanReport(
        tool=TOOL,
        digest=digest,
        os=_system(report.child("distributions")),
        packages=len(packages.values),
        vulnerabilities=normalised(_rows(report, packages)),
    )


def _system(distributions: ReportObject) -> OperatingSystem | None:
    for key in distributions.values:
        distribution = distributions.child(key)
        if name := distribution.text("did"):
            return OperatingSystem(name, distribution.text("version_id"))
    return None


def _rows(report: ReportObject, packages: ReportObject) -> Iterator[Vulnerability]:
    vulnerabilities = report.child("vulnerabilities")
    environments = report.child("environments")
    scores = _enrichment(report, "clair.cvss", "baseScore")
    probabilities = _enrichment(report, "clair.epss", "epss")
    affected = report.child("package_vulnerabilities")
    for key in affected.values:
        package = packages.child(key, required=True)
        for number in affected.texts(key):
            row = vulnerabilities.child(number, required=True)
            name, aliases = canonical_id(
                [row.text("name", required=True), *aliases_in(_aliases(row))]
            )
            fixed = _fixed(row.text("fixed_in_version"))
            yield Vulnerability(
                id=name,
                aliases=aliases,
                package=package.text("name", required=True),
                type=_type(environments, key),
                installed=package.text("version"),
                fixed=fixed,
                state=FixState.FIXED if fixed else FixState.NOT_FIXED,
                severity=severity_of(row.text("normalized_severity")),
                score=scores.get(number),
                epss=probabilities.get(number),
                url=next(iter(row.text("links").split()), ""),
                title=row.text("description"),
            )


def _aliases(row: ReportObject) -> Iterator[str]:
    """Yield the other names of a vulnerability, which newer versions have."""
    for alias in row.children("aliases"):
        yield f"{alias.text('space')}-{alias.text('name')}".strip("-")


def _fixed(text: str) -> tuple[str, ...]:
    """Return the versions in `1.2.3`, or in `fixed=1.2.3&introduced=0` of OSV."""
    if "=" not in text:
        return (text,) if text else ()
    return tuple(parse_qs(text).get("fixed", ()))


def _type(environments: ReportObject, package: str) -> str:
    places = [place.text("package_db") for place in environments.children(package)]
    return next(
        (kind for p in places for start, kind in _TYPES.items() if p.startswith(start)),
        "",
    )


def _enrichment(report: ReportObject, enricher: str, key: str) -> dict[str, float]:
    """Return the highest number at *key* that *enricher* adds, by vulnerability."""
    numbers: dict[str, float] = {}
    enrichments = report.child("enrichments")
    for name in enrichments.values:
        if f"enricher={enricher}" not in name:
            continue
        for table in enrichments.children(name):
            for number in table.values:
                found = [entry.number(key) for entry in table.children(number)]
                known = [value for value in found if value is not None]
                if known:
                    numbers[number] = max(known)
    return numbers
