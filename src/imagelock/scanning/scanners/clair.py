"""Clair 4, a server: `clairctl` sends it the manifest and the addresses of the layers.

Which vulnerabilities the server knows cannot be asked, and for a distribution that it does
not know it finds none. So an image without vulnerabilities counts as clean only if the
server found some in another image, the canary that the settings name.

The address of the server comes from the environment and not from the settings: clairctl
sends it the credentials for the layers, and a pull request can change the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.scanning.environment import without_settings
from imagelock.scanning.reports import clair
from imagelock.scanning.scanner import ScanCommand, ScannerState, ScannerUnusableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import RunScanner, ScannerSettings, ScanTarget

_PREFIX: Final = "CLAIR_"
_VISIBLE: Final = ("CLAIR_API",)
"""The address of the server, by default this machine."""
_PATHS: Final = ("CLAIR_CONF",)
"""The file with the key that the server accepts."""


class Clair:
    """A Clair server."""

    name = "clair"
    program = "clairctl"
    install_hint = "install clairctl: https://github.com/quay/clair/releases"
    ignore_files = ()
    reports_digest = True
    is_local = False

    def __init__(self, settings: ScannerSettings) -> None:
        self._settings = settings

    def environment(self, user: Mapping[str, str]) -> dict[str, str]:
        """Hide variables of Clair, but for those about the server."""
        return without_settings(user, (_PREFIX,), visible=_VISIBLE, paths=_PATHS)

    def probe(self, run: RunScanner) -> ScannerState:
        """Read the version of clairctl; nothing is known about its server."""
        words = run(ScanCommand(("--version",), logins=())).split()
        if not words:
            raise ScannerUnusableError("`clairctl` does not print its version")
        return ScannerState(words[-1].decode("ascii", "replace"))

    def update(self) -> None:
        """Update nothing: the server updates itself."""

    def command(self, target: ScanTarget) -> ScanCommand:
        """Let the server index the layers of the manifest, and match them."""
        return ScanCommand(
            ("report", "--out", "json", str(target)), logins=(target.repository,)
        )

    def missing_data(self, problem: str) -> None:
        """Return nothing: there is no other data."""

    def canary(self) -> ScanCommand | None:
        """Scan the image of the settings, if they name any."""
        canary = self._settings.canary
        return self.command(canary) if canary else None

    def finds(self, output: bytes) -> bool:
        """Return whether the canary is vulnerable."""
        return bool(clair.read(output).vulnerabilities)

    def read(self, output: bytes) -> ScanReport:
        """Read the report."""
        return clair.read(output)
