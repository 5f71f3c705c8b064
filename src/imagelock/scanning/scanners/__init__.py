"""The scanners: how each is run. Their reports are read by `scanning.reports`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, cast

from imagelock.entry_points import SCANNER, load
from imagelock.program_path import find_program
from imagelock.scanning.scanner import ScannerMissingError
from imagelock.scanning.scanners.clair import Clair
from imagelock.scanning.scanners.grype import Grype
from imagelock.scanning.scanners.guarded import GuardedScanner
from imagelock.scanning.scanners.scout import Scout
from imagelock.scanning.scanners.trivy import Trivy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.scanning.scanner import ScannerClass

SCANNERS: Final[Mapping[str, ScannerClass]] = {
    "trivy": Trivy,
    "grype": Grype,
    "clair": Clair,
    "scout": Scout,
}
"""Every built-in scanner."""

_AUTOMATIC: Final = ("trivy", "grype")
"""Scanners that may be chosen because they are installed: nothing leaves the machine."""


def load_scanners(plugins: Sequence[str] = ()) -> dict[str, ScannerClass]:
    """Return the scanners by name: those of *plugins*, then the built-in ones.

    Raises:
        ConfigurationError: a plug-in cannot be used.
    """
    loaded = {
        name: GuardedScanner.of(name, cast("ScannerClass", load(SCANNER, name)))
        for name in plugins
    }
    return {**loaded, **SCANNERS}


def installed_scanner() -> str:
    """Return the name of the first scanner that is installed.

    Raises:
        ScannerMissingError: none is.
    """
    for name in _AUTOMATIC:
        if find_program(name, os.environ):
            return name
    hints = "; ".join(SCANNERS[name].install_hint for name in _AUTOMATIC)
    raise ScannerMissingError(
        "no scanner is installed: neither `trivy` nor `grype` is on the `PATH`",
        hint=f"{hints}; or read a report that was made elsewhere:"
        " `imagelock scan --report TOOL:FILE`",
    )
