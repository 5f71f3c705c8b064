"""Vulnerabilities that a scanner of your own finds: here, a program `acme-scan`."""

import json
from collections.abc import Mapping

from imagelock.plugin import (
    Digest,
    ReportError,
    RunScanner,
    ScanCommand,
    ScannerSettings,
    ScannerState,
    ScanReport,
    ScanTarget,
    Vulnerability,
    VulnerabilitySeverity,
)


class AcmeScanner:
    """Describes the commands of `acme-scan`, and reads what they print."""

    name = "acme"
    program = "acme-scan"
    install_hint = "install acme-scan: https://scan.acme.example"
    ignore_files = (".acmeignore",)
    reports_digest = True
    is_local = False

    def __init__(self, settings: ScannerSettings) -> None:
        self._files = settings.files

    def environment(self, user: Mapping[str, str]) -> dict[str, str]:
        """Hide the variables that could change what is found."""
        return {k: v for k, v in user.items() if not k.startswith("ACME_IGNORE")}

    def probe(self, run: RunScanner) -> ScannerState:
        """Return the version; there is no database on this machine."""
        return ScannerState(run(ScanCommand(("version",))).decode().strip())

    def update(self) -> None:
        """Update nothing."""

    def command(self, target: ScanTarget) -> ScanCommand:
        """Scan an image by its digest, with the login of its registry alone."""
        return ScanCommand(
            ("image", "--ignore", "{folder}/.acmeignore", str(target)),
            files={".acmeignore": b"", **self._files},
            logins=(target.repository,),
        )

    def missing_data(self, problem: str) -> None:
        """Return nothing: a scan needs no data that an update does not get."""

    def canary(self) -> ScanCommand:
        """Scan a package with a known vulnerability."""
        return ScanCommand(("package", "urllib3", "1.26.5"), logins=())

    def finds(self, output: bytes) -> bool:
        """Return whether it was found."""
        return bool(self.read(output).vulnerabilities)

    def read(self, output: bytes) -> ScanReport:
        """Read a report; what is not one is an error, and never an empty report."""
        try:
            report = json.loads(output)
            return ScanReport(
                tool=self.name,
                digest=Digest.parse(report["digest"]),
                packages=report["packages"],
                vulnerabilities=tuple(map(_vulnerability, report["vulnerabilities"])),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ReportError("this is not a report of acme-scan") from error


def _vulnerability(row: Mapping[str, str]) -> Vulnerability:
    return Vulnerability(
        id=row["id"],
        package=row["package"],
        type=row["type"],
        installed=row["version"],
        severity=VulnerabilitySeverity[row["severity"].upper()],
    )
