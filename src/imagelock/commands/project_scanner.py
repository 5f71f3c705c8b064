"""Run the scanner of a project, with the files and settings that concern it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.cache_storage import is_in_checkout
from imagelock.config.duration import duration
from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError, did_you_mean
from imagelock.project.boundary import (
    NoFileError,
    check_named,
    read_inside,
    status_inside,
)
from imagelock.scanning.readiness import RunOptions
from imagelock.scanning.registry_access import RegistryAccess
from imagelock.scanning.runner import run_scanner
from imagelock.scanning.scanner import ScannerSettings, ScanTarget
from imagelock.scanning.scanners import installed_scanner, load_scanners

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from imagelock.commands.console import Console
    from imagelock.config import Config
    from imagelock.model.reference import Reference
    from imagelock.project.project_settings import ProjectSettings
    from imagelock.scanning.runner import ScanRun

RESULTS: Final = "scans"
"""The folder of earlier results, in that of the caches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectScanner:
    """A scanner with what a project says to it: `run` needs no file of the project.

    It can be pickled, and has no credentials: each machine uses those that it has.
    """

    name: str
    settings: ScannerSettings
    options: RunOptions
    config: Config

    def run(
        self,
        targets: Sequence[ScanTarget],
        on_progress: Callable[[], None] = lambda: None,
    ) -> ScanRun:
        """Scan *targets*; *on_progress* is called after each.

        Raises:
            ScannerMissingError: the scanner is not installed.
            ConfigurationError: it is that of a plug-in, which is not installed.
        """
        scanners = load_scanners(self.config.plugins.scanners)
        return run_scanner(
            scanners[self.name](self.settings),
            targets,
            options=self.options,
            access=RegistryAccess.of(self.config),
            on_progress=on_progress,
        )


def run_project_scanner(
    project: ProjectSettings,
    targets: Sequence[ScanTarget],
    console: Console,
    *,
    scanner: str | None = None,
    offline: bool = False,
    updated: Collection[str] = (),
) -> ScanRun:
    """Scan *targets* with *scanner*, or else with that of the settings.

    The databases of the scanners *updated* are not updated again.

    Raises:
        ScannerMissingError: the scanner is not installed.
        ConfigurationError: there is none of this name, or a file for it is unusable.
        UnreadableFileError: a file for it cannot be read, or is out of the project.
    """
    prepared = project_scanner(project, scanner, offline=offline, updated=updated)
    with console.progress(f"scanning with {prepared.name}", len(targets)) as advance:
        return prepared.run(targets, advance)


def project_scanner(
    project: ProjectSettings,
    scanner: str | None = None,
    *,
    offline: bool = False,
    updated: Collection[str] = (),
) -> ProjectScanner:
    """Return *scanner*, or else that of the settings, with the files that concern it.

    Raises:
        ScannerMissingError: none is named, and none is installed.
        ConfigurationError: there is none of this name, or a file for it is unusable.
        UnreadableFileError: a file for it cannot be read, or is out of the project.
    """
    settings = project.config.scan
    scanners = load_scanners(project.config.plugins.scanners)
    name = chosen_scanner(project, scanner)
    if name not in scanners:
        hint = did_you_mean(name, scanners) or "add it to `scanners` in `[plugins]`"
        raise ConfigurationError(f"there is no scanner `{name}`", hint=hint)
    return ProjectScanner(
        name=name,
        settings=ScannerSettings(
            files=_files(project.root, scanners[name].ignore_files),
            vex=_vex(project.root, settings.vex),
            canary=_target(settings.canary),
            timeout=settings.timeout,
        ),
        options=RunOptions(
            offline=offline,
            updates=name not in updated,
            timeout=settings.timeout,
            max_database_age=duration(settings.max_database_age),
            results=_results(project),
        ),
        config=project.config,
    )


def chosen_scanner(project: ProjectSettings, scanner: str | None) -> str:
    """Return the name *scanner*, or else that of the settings, or one that is installed.

    Raises:
        ScannerMissingError: none is installed.
    """
    return scanner or project.config.scan.scanner or installed_scanner()


def _files(root: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return the content of those of *names* that are files of the project."""
    files = {}
    for name in names:
        path = PurePosixPath(name)
        check_named(root, path)
        try:
            status_inside(root, path)
        except NoFileError:
            continue
        files[name] = read_inside(root, path)
    return files


def _vex(root: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """Return the VEX documents at *paths*, under names that differ."""
    return {
        f"{number}-{PurePosixPath(path).name}": read_inside(root, PurePosixPath(path))
        for number, path in enumerate(paths)
    }


def _target(canary: Reference | None) -> ScanTarget | None:
    if canary is None or canary.digest is None:
        return None
    return ScanTarget(f"{canary.registry}/{canary.repository}", canary.digest)


def _results(project: ProjectSettings) -> Path | None:
    """Return the folder of earlier results: none in a checkout, or without caches."""
    if project.cache is None:
        return None
    folder = project.cache.folder.parent / RESULTS
    return None if is_in_checkout(folder, project.root) else folder
