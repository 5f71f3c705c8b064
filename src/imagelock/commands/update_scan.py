"""Scan what an update changes, and pass on what the scanner says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.scan_changes import scan_changes

if TYPE_CHECKING:
    from imagelock.commands.console import Console
    from imagelock.commands.lock_resolution import LockResult
    from imagelock.commands.scanned_update import ChangeScan, ScannedUpdate
    from imagelock.lockfile.model import Lockfile
    from imagelock.project.project_files import ProjectFiles


def scan_update(
    project: ProjectFiles,
    result: LockResult,
    old: Lockfile,
    options: ChangeScan,
    console: Console,
) -> ScannedUpdate:
    """Return *result* with what a scanner says of it.

    Raises:
        ScannerMissingError: no scanner is installed.
        ConfigurationError: the scanner of the settings cannot be used.
    """
    scanned = scan_changes(project, result, old, options, console)
    for notice in scanned.notices:
        console.notice(f"note: {notice}\n")
    return scanned
