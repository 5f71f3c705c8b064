"""Docker Scout, a service: the CLI sends it what packages an image has.

It is closed, and was not run here: the commands are those of its documentation
(docs.docker.com, `docker scout cves`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.reference import DOCKER_HUB
from imagelock.scanning.canary import SPDX, SPDX_CANARY
from imagelock.scanning.environment import without_settings
from imagelock.scanning.reports import scout
from imagelock.scanning.scanner import (
    ScanCommand,
    ScannerMissingError,
    ScannerState,
    ScannerUnusableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import RunScanner, ScannerSettings, ScanTarget

_OUTPUT: Final = "report.sarif.json"
_CVES: Final = (
    *("scout", "cves"),
    *("--format", "sarif"),
    *("--output", f"{{folder}}/{_OUTPUT}"),
)
_VERSION: Final = re.compile(rb"^version:\s*v?([\w.+-]+)", re.MULTILINE)
_ACCOUNT: Final = f"{DOCKER_HUB}/docker/scout-cli"
"""A repository of the registry whose login is also the account of the service."""
_VISIBLE: Final = ("DOCKER_SCOUT_HUB_USER", "DOCKER_SCOUT_HUB_PASSWORD")
_ENVIRONMENT: Final = {"DOCKER_CLI_HINTS": "false", "DOCKER_SCOUT_NO_CACHE": "true"}


class Scout:
    """Docker Scout, a plug-in of the Docker CLI."""

    name = "scout"
    program = "docker"
    install_hint = "install Docker Scout: https://docs.docker.com/scout/install/"
    ignore_files = ()
    # SARIF names files and packages, and no image.
    reports_digest = False
    is_local = False

    def __init__(self, settings: ScannerSettings) -> None:
        """Use no settings: a report does not say how much a VEX document suppressed."""
        del settings

    def environment(self, user: Mapping[str, str]) -> dict[str, str]:
        """Hide the variables of Docker Scout, but for the account."""
        return without_settings(user, ("DOCKER_SCOUT_",), visible=_VISIBLE)

    def probe(self, run: RunScanner) -> ScannerState:
        """Read the version from the answer of the plug-in."""
        try:
            answer = run(ScanCommand(("scout", "version"), _ENVIRONMENT, logins=()))
        except ScannerUnusableError as error:
            message = f"Docker Scout is not installed ({error})"
            raise ScannerMissingError(message, hint=self.install_hint) from error
        match = _VERSION.search(answer)
        if match is None:
            raise ScannerUnusableError("`docker scout version` prints no version")
        return ScannerState(match[1].decode("ascii"))

    def update(self) -> None:
        """Update nothing: the database is at Docker."""

    def command(self, target: ScanTarget) -> ScanCommand:
        """Scan the manifest in its registry; other output than the report is lost."""
        return ScanCommand(
            (*_CVES, f"registry://{target}"),
            _ENVIRONMENT,
            output=_OUTPUT,
            logins=(target.repository, _ACCOUNT),
        )

    def missing_data(self, problem: str) -> None:
        """Return nothing: there is no other data."""

    def canary(self) -> ScanCommand:
        """Scan a list of components."""
        return ScanCommand(
            (*_CVES, f"sbom://{{folder}}/{SPDX}"),
            _ENVIRONMENT,
            {SPDX: SPDX_CANARY},
            output=_OUTPUT,
            logins=(_ACCOUNT,),
        )

    def finds(self, output: bytes) -> bool:
        """Return whether the canary is vulnerable."""
        return bool(scout.read(output).vulnerabilities)

    def read(self, output: bytes) -> ScanReport:
        """Read the report."""
        return scout.read(output)
