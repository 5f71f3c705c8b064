"""Grype.

What Grype finds depends on variables `GRYPE_…` and on configuration files in the current
folder and in the user's home. It gets none of them: of the configuration of a project,
only the ignore rules count, in a file that imagelock writes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from imagelock.errors import ConfigurationError
from imagelock.scanning.canary import CYCLONEDX, CYCLONEDX_CANARY
from imagelock.scanning.environment import without_settings
from imagelock.scanning.reports import grype
from imagelock.scanning.reports.report_object import ReportObject
from imagelock.scanning.scanner import ScanCommand, ScannerState, ScannerUnusableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import RunScanner, ScannerSettings, ScanTarget

_VISIBLE: Final = ("GRYPE_DB_UPDATE_URL",)
_PATHS: Final = ("GRYPE_DB_CACHE_DIR", "GRYPE_DB_CA_CERT", "GRYPE_REGISTRY_CA_CERT")
_CONFIGURATION: Final = "grype.json"
_EMPTY: Final = b"{}"
_OPTIONS: Final = ("--config", f"{{folder}}/{_CONFIGURATION}")
_ENVIRONMENT: Final = {
    "GRYPE_CHECK_FOR_APP_UPDATE": "false",
    "GRYPE_DB_AUTO_UPDATE": "false",
    # imagelock compares the age with the limit of the project.
    "GRYPE_DB_VALIDATE_AGE": "false",
}


class Grype:
    """Grype on this machine, with its own database."""

    name = "grype"
    program = "grype"
    install_hint = "install Grype: https://oss.anchore.com/docs/installation/grype/"
    ignore_files = (".grype.yaml", ".grype/config.yaml")
    reports_digest = True
    is_local = True

    def __init__(self, settings: ScannerSettings) -> None:
        rules = [
            rule
            for name in self.ignore_files
            if name in settings.files
            for rule in _ignore_rules(name, settings.files[name])
        ]
        self._configuration = {_CONFIGURATION: json.dumps({"ignore": rules}).encode()}
        self._vex = {f"vex/{name}": data for name, data in settings.vex.items()}

    def environment(self, user: Mapping[str, str]) -> dict[str, str]:
        """Hide the variables of Grype, but for where its database is."""
        prefixes = ("GRYPE_", "SYFT_")
        return without_settings(user, prefixes, visible=_VISIBLE, paths=_PATHS)

    def probe(self, run: RunScanner) -> ScannerState:
        """Read the version, and the state of the database, which is an exit code, too."""
        version = run(_plain("version", "-o", "json"))
        status = run(_plain("db", "status", "-o", "json", accepts_failure=True))
        database = ReportObject.parse("grype", status)
        if database.values.get("valid") is not True:
            reason = database.text("error") or "there is none"
            raise ScannerUnusableError(f"Grype has no valid database: {reason}")
        return ScannerState(
            ReportObject.parse("grype", version).text("version"),
            database.text("built"),
            database.time("built"),
        )

    def update(self) -> ScanCommand:
        """Download the database, unless Grype finds that it is new enough."""
        return _plain("db", "update")

    def command(self, target: ScanTarget) -> ScanCommand:
        """Scan the manifest in its registry; Grype must not choose a platform."""
        more = (
            {
                "GRYPE_REGISTRY_INSECURE_USE_HTTP": "true",
                "GRYPE_REGISTRY_INSECURE_SKIP_TLS_VERIFY": "true",
            }
            if target.insecure
            else {}
        )
        documents = [f"{{folder}}/{name}" for name in self._vex]
        vex = tuple(part for path in documents for part in ("--vex", path))
        command = ("--output", "json", *vex, f"registry:{target}")
        return ScanCommand(
            (*command, *_OPTIONS),
            {**_ENVIRONMENT, **more},
            {**self._configuration, **self._vex},
            logins=(target.repository,),
        )

    def missing_data(self, problem: str) -> None:
        """Return nothing: there is no other data."""

    def canary(self) -> ScanCommand:
        """Scan a list of components: an empty database finds nothing in it."""
        return ScanCommand(
            ("--output", "json", f"sbom:{{folder}}/{CYCLONEDX}", *_OPTIONS),
            _ENVIRONMENT,
            # Rules of the project could ignore what is in it.
            {CYCLONEDX: CYCLONEDX_CANARY, _CONFIGURATION: _EMPTY},
            logins=(),
        )

    def finds(self, output: bytes) -> bool:
        """Return whether the canary is vulnerable."""
        return bool(grype.vulnerabilities(output))

    def read(self, output: bytes) -> ScanReport:
        """Read the report."""
        return grype.read(output)


def _plain(*arguments: str, accepts_failure: bool = False) -> ScanCommand:
    """Return a command that scans nothing, without any configuration."""
    return ScanCommand(
        (*arguments, *_OPTIONS),
        _ENVIRONMENT,
        {_CONFIGURATION: _EMPTY},
        accepts_failure=accepts_failure,
    )


def _ignore_rules(name: str, data: bytes) -> list[Any]:
    """Return the rules at `ignore` in a configuration of Grype.

    Raises:
        ConfigurationError: it is not YAML, has aliases, or `ignore` is not a list.
    """
    import yaml  # most projects have no such file

    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(data)):
            raise ConfigurationError(
                f"`{name}` has aliases, which can make a small file mean any amount",
                hint="write out what `*NAME` stands for",
            )
        document = yaml.safe_load(data)
        rules = (document or {}).get("ignore") or []
        json.dumps(rules)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError):
        rules = None
    if not isinstance(rules, list):
        raise ConfigurationError(f"`{name}` is not a configuration of Grype")
    return rules
