"""Trivy.

What Trivy finds depends on variables `TRIVY_…` and on a `trivy.yaml` in the current folder.
It gets neither: only the ignore file of a project and its VEX documents count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.scanning.canary import CYCLONEDX, CYCLONEDX_CANARY
from imagelock.scanning.environment import without_settings
from imagelock.scanning.reports import trivy
from imagelock.scanning.reports.report_object import ReportObject
from imagelock.scanning.scanner import ScanCommand, ScannerState, ScannerUnusableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import RunScanner, ScannerSettings, ScanTarget

_VISIBLE: Final = ("TRIVY_DB_REPOSITORY", "TRIVY_JAVA_DB_REPOSITORY")
_PATHS: Final = ("TRIVY_CACHE_DIR", "TRIVY_CACERT")
_VERSION: Final = ("version", "--format", "json")
_JAVA_DATABASE: Final = ScanCommand(
    ("image", "--download-java-db-only", "--no-progress")
)
_FLAGS: Final = (
    *("--scanners", "vuln"),
    *("--severity", "UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL"),
    *("--exit-code", "0"),
    *("--format", "json"),
    "--ignore-unfixed=false",
)
_ENVIRONMENT: Final = {
    # Variables, where a version of Trivy may lack the flag: it would refuse that.
    "TRIVY_SKIP_DB_UPDATE": "true",
    "TRIVY_SKIP_JAVA_DB_UPDATE": "true",
    "TRIVY_SKIP_CHECK_UPDATE": "true",
    "TRIVY_SKIP_VEX_REPO_UPDATE": "true",
    "TRIVY_SKIP_VERSION_CHECK": "true",
    "TRIVY_DISABLE_TELEMETRY": "true",
    "TRIVY_OFFLINE_SCAN": "true",
    "TRIVY_LIST_ALL_PKGS": "true",
    "TRIVY_SHOW_SUPPRESSED": "true",
    "TRIVY_NO_PROGRESS": "true",
    # The image in the registry, and never one of the same name on this machine.
    "TRIVY_IMAGE_SRC": "remote",
    # Several runs at once fail with the cache of layers in files.
    "TRIVY_CACHE_BACKEND": "memory",
}


class Trivy:
    """Trivy on this machine, with its own database."""

    name = "trivy"
    program = "trivy"
    install_hint = "install Trivy: https://trivy.dev/docs/latest/getting-started/"
    ignore_files = (".trivyignore.yaml", ".trivyignore")
    reports_digest = True
    is_local = True

    def __init__(self, settings: ScannerSettings) -> None:
        self._settings = settings

    def environment(self, user: Mapping[str, str]) -> dict[str, str]:
        """Hide the variables of Trivy, but for where its databases are."""
        return without_settings(user, ("TRIVY_",), visible=_VISIBLE, paths=_PATHS)

    def probe(self, run: RunScanner) -> ScannerState:
        """Read the version and the times of the databases from `trivy version`."""
        report = ReportObject.parse("trivy", run(ScanCommand(_VERSION)))
        database = report.child("VulnerabilityDB")
        if not database.has("UpdatedAt"):
            raise ScannerUnusableError("Trivy has no vulnerability database")
        name = database.text("UpdatedAt")
        updates: tuple[ScanCommand, ...] = ()
        if java := report.child("JavaDB").text("UpdatedAt"):
            name, updates = f"{name}, Java {java}", (_JAVA_DATABASE,)
        return ScannerState(
            report.text("Version"), name, database.time("UpdatedAt"), updates
        )

    def update(self) -> ScanCommand:
        """Download the database, unless Trivy finds that it is new enough."""
        return ScanCommand(("image", "--download-db-only", "--no-progress"))

    def command(self, target: ScanTarget) -> ScanCommand:
        """Scan the manifest in its registry; Trivy must not choose a platform."""
        files = self._settings.files
        ignore_file = next((name for name in self.ignore_files if name in files), None)
        vex = {f"vex/{name}": data for name, data in self._settings.vex.items()}
        ignored = {ignore_file: files[ignore_file]} if ignore_file else {}
        return ScanCommand(
            (
                "image",
                *_FLAGS,
                *(("--ignorefile", f"{{folder}}/{ignore_file}") if ignored else ()),
                *(part for name in vex for part in ("--vex", f"{{folder}}/{name}")),
                str(target),
            ),
            self._environment(insecure=target.insecure),
            {**ignored, **vex},
            logins=(target.repository,),
        )

    def missing_data(self, problem: str) -> ScanCommand | None:
        """Return the download of the Java database, which only images with jars need."""
        return _JAVA_DATABASE if "skip-java-db-update" in problem else None

    def canary(self) -> ScanCommand:
        """Scan a list of components: an empty database finds nothing in it."""
        return ScanCommand(
            ("sbom", *_FLAGS, f"{{folder}}/{CYCLONEDX}"),
            self._environment(insecure=False),
            {CYCLONEDX: CYCLONEDX_CANARY},
            logins=(),
        )

    def finds(self, output: bytes) -> bool:
        """Return whether the canary is vulnerable."""
        return bool(trivy.vulnerabilities(output))

    def read(self, output: bytes) -> ScanReport:
        """Read the report."""
        return trivy.read(output)

    def _environment(self, *, insecure: bool) -> dict[str, str]:
        more = {"TRIVY_TIMEOUT": f"{self._settings.timeout:.0f}s"}
        return _ENVIRONMENT | more | ({"TRIVY_INSECURE": "true"} if insecure else {})
