"""The reports of scanners: their bytes in, a `ScanReport` out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.scanning.reports import clair, grype, scout, trivy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.scanning.scan_report import ScanReport

READERS: Final[Mapping[str, Callable[[bytes], ScanReport]]] = {
    "trivy": trivy.read,
    "grype": grype.read,
    "clair": clair.read,
    "scout": scout.read,
}
"""The function that reads the report of each tool."""
