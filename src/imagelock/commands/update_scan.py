"""Scan what an update changes, if the options ask for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.scanned_update import ScannedUpdate

if TYPE_CHECKING:
    from imagelock.commands.console import Console
    from imagelock.commands.lock_resolution import LockResult
    from imagelock.commands.scanned_update import ChangeScan
    from imagelock.lockfile.model import Lockfile
    from imagelock.project.project_files import ProjectFiles


def scan_update(
    project: ProjectFiles,
    result: LockResult,
    old: Lockfile,
    options: ChangeScan | None,
    console: Console,
) -> ScannedUpdate:
    """Return *result* with what a scanner says of it, if *options* ask for that.

    Raises:
        ScannerMissingError: no scanner is installed.
        ConfigurationError: the scanner of the settings cannot be used.
    """
    if options is None:
        return ScannedUpdate(result=result)
    from imagelock.commands.scan_changes import scan_changes  # few updates are scanned

    scanned = scan_changes(project, result, old, options, console)
    for notice in scanned.notices:
        console.notice(f"note: {notice}\n")
    return scanned
