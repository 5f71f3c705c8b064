"""The Python API of fleets: what the commands of `fleet` do, as methods."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.commands.console import LoggingConsole
from imagelock.dataclass import dataclass, field, replace
from imagelock.registry import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from imagelock.commands.console import Console
    from imagelock.config import Config
    from imagelock.fleet.behind import BehindResult
    from imagelock.fleet.collect import CollectOptions, CollectResult
    from imagelock.fleet.export import ExportResult
    from imagelock.fleet.merge import MergeResult
    from imagelock.fleet.report import FleetReport
    from imagelock.fleet.resolve import ResolveOptions, ResolveResult
    from imagelock.fleet.scan import FleetScan
    from imagelock.fleet.scans.request import FleetScanRequest
    from imagelock.fleet.split import SplitResult
    from imagelock.fleet.stats import Statistics
    from imagelock.fleet.where import WhereResult
    from imagelock.registry.answers.given import Answers

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Many repositories, whose lockfiles are in a database.

    Use `Fleet.open`. Methods raise `ImagelockError` where the command would end with
    exit code 2. Progress and notices go to `console`, by default to the logger
    `imagelock`.
    """

    database: Path
    console: Console = field(default_factory=LoggingConsole)

    @classmethod
    def open(
        cls, database: PathLike = "fleet.sqlite", *, console: Console | None = None
    ) -> Fleet:
        """Return the fleet in the file *database*, which `collect` makes."""
        return cls(Path(database), console or LoggingConsole())

    def collect(
        self, *sources: PathLike, options: CollectOptions | None = None, stdin: str = ""
    ) -> CollectResult:
        """Read the lockfiles of the repositories in *sources* into the database.

        A source is a folder, a file with a list, an address, or `-` for the list
        *stdin*. The `executor` of *options* may be any `concurrent.futures.Executor`.
        """
        from imagelock.fleet.collect import CollectOptions, collect

        options = replace(options or CollectOptions(), database=self.database)
        return collect(
            [os.fspath(source) for source in sources], self.console, options, stdin
        )

    def merge(self, *databases: PathLike) -> MergeResult:
        """Write what other *databases* have into this one: those of shards."""
        from imagelock.fleet.merge import merge

        return merge([Path(each) for each in databases], self.console, self.database)

    def where(self, *images: str) -> WhereResult:
        """Return the places that lock each of *images*: digests and references."""
        from imagelock.fleet.where import where

        return where(self.database, images)

    def split(self, *images: str) -> SplitResult:
        """Return the tags that are locked to several digests."""
        from imagelock.fleet.split import split_tags

        return split_tags(self.database, images)

    def behind(
        self,
        *images: str,
        config: Config | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        answers: Answers | None = None,
    ) -> BehindResult:
        """Return the locked tags that have moved since; each is asked for once.

        *config* says how registries are reached. *timeout* is in seconds; `None` asks
        nobody. What *answers* have is not asked for.
        """
        from imagelock.config import Config
        from imagelock.fleet.behind import behind

        config = config or Config()
        return behind(self.database, images, config, self.console, timeout, answers)

    def resolve(
        self,
        output: PathLike = "answers.json",
        *,
        config: Config | None = None,
        options: ResolveOptions | None = None,
    ) -> ResolveResult:
        """Ask for every locked tag once, and write the answers to the file *output*.

        `Answers.read` reads it. *config* says how registries are reached.
        """
        from imagelock.config import Config
        from imagelock.fleet.resolve import resolve

        config = config or Config()
        return resolve(self.database, Path(output), config, self.console, options)

    def scan(
        self,
        *images: str,
        request: FleetScanRequest | None = None,
        folder: PathLike = ".",
    ) -> FleetScan:
        """Look for vulnerabilities in *images*, all locked ones by default.

        Each distinct manifest is scanned once, as the settings of the project in
        *folder* say, and what is found is kept in the database. *request* has the
        options of the command.
        """
        from imagelock.config import load
        from imagelock.fleet.scan import scan_fleet
        from imagelock.fleet.scans.request import FleetScanRequest
        from imagelock.project.project_settings import ProjectSettings
        from imagelock.project.root import find_root

        request = request or FleetScanRequest()
        if images:
            request = replace(request, scan=replace(request.scan, images=images))
        root = find_root(Path(os.path.abspath(folder)))
        project = ProjectSettings(root=root, config=load(root, None))
        return scan_fleet(self.database, request, project, self.console)

    def report(
        self, *, config: Config | None = None, behind: BehindResult | None = None
    ) -> FleetReport:
        """Return what the database has; `fleet_page` makes a page of it.

        *config* says which vulnerabilities count, and *behind* is the result of the
        method of this name, if the page is to show it.
        """
        from imagelock.config import Config
        from imagelock.fleet.report import report_fleet

        return report_fleet(self.database, (config or Config()).scan, behind)

    def export(
        self, *, parquet: PathLike | None = None, csv: PathLike | None = None
    ) -> ExportResult:
        """Write each view of the database as a file into these folders."""
        from imagelock.fleet.export import export_fleet

        return export_fleet(
            self.database,
            parquet=None if parquet is None else Path(parquet),
            csv=None if csv is None else Path(csv),
        )

    def stats(self) -> Statistics:
        """Return the number of repositories, images and registries."""
        from imagelock.fleet.stats import statistics

        return statistics(self.database)
