"""The names of the plug-ins that a project loads."""

from __future__ import annotations

from imagelock.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Plugins:
    """Names of entry points, in the order of the settings."""

    reports: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    importers: tuple[str, ...] = ()
    scanners: tuple[str, ...] = ()
