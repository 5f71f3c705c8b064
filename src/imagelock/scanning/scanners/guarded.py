"""Scanners of plug-ins, whose exceptions name the plug-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.entry_points import SCANNER, guarded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import (
        RunScanner,
        ScanCommand,
        Scanner,
        ScannerClass,
        ScannerSettings,
        ScannerState,
        ScanTarget,
    )


@dataclass(frozen=True, slots=True)
class GuardedScanner:
    """The class of a scanner of a plug-in: called with settings, it is a scanner."""

    name: str
    program: str
    install_hint: str
    ignore_files: tuple[str, ...]
    reports_digest: bool
    is_local: bool
    create: ScannerClass

    @classmethod
    def of(cls, name: str, scanner: ScannerClass) -> GuardedScanner:
        """Return the class *scanner* of the plug-in *name*."""
        return cls(
            name,
            scanner.program,
            scanner.install_hint,
            scanner.ignore_files,
            scanner.reports_digest,
            scanner.is_local,
            scanner,
        )

    def __call__(self, settings: ScannerSettings) -> Scanner:
        """Return the scanner of a project."""
        return _PluginScanner(self, guarded(SCANNER, self.name, self.create)(settings))


class _PluginScanner:
    def __init__(self, description: GuardedScanner, scanner: Scanner) -> None:
        self.name = description.name
        self.program = description.program
        self.install_hint = description.install_hint
        self.ignore_files = description.ignore_files
        self.reports_digest = description.reports_digest
        self.is_local = description.is_local
        self._scanner = scanner

    def environment(self, user: Mapping[str, str]) -> dict[str, str]:
        return guarded(SCANNER, self.name, self._scanner.environment)(user)

    def probe(self, run: RunScanner) -> ScannerState:
        return guarded(SCANNER, self.name, self._scanner.probe)(run)

    def update(self) -> ScanCommand | None:
        return guarded(SCANNER, self.name, self._scanner.update)()

    def command(self, target: ScanTarget) -> ScanCommand:
        return guarded(SCANNER, self.name, self._scanner.command)(target)

    def missing_data(self, problem: str) -> ScanCommand | None:
        return guarded(SCANNER, self.name, self._scanner.missing_data)(problem)

    def canary(self) -> ScanCommand | None:
        return guarded(SCANNER, self.name, self._scanner.canary)()

    def finds(self, output: bytes) -> bool:
        return guarded(SCANNER, self.name, self._scanner.finds)(output)

    def read(self, output: bytes) -> ScanReport:
        return guarded(SCANNER, self.name, self._scanner.read)(output)
