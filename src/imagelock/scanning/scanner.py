"""What a scanner is to imagelock."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from imagelock.dataclass import dataclass, field
from imagelock.errors import ImagelockError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.scanning.scan_report import ScanReport


class ScannerMissingError(UsageError):
    """A scanner that is not installed; the hint says how to get it."""


class ScannerUnusableError(ImagelockError):
    """A scanner that cannot give answers, such as for want of a database."""

    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True, order=True)
class ScanTarget:
    """A platform manifest: what is scanned, once however often it is used.

    `repository` includes the registry: `docker.io/library/nginx`.
    """

    repository: str
    digest: Digest
    platform: Platform | None = None

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True)
class ScannerState:
    """A scanner that is ready: its version, its database, and when that was made.

    `database` is empty for tools that do not name theirs; then nothing is cached.
    """

    version: str
    database: str = ""
    built: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScanCommand:
    """A command that scans a target.

    `environment` is added to that of imagelock. `files` are written to a private
    folder, which is the value of the field `{folder}` in arguments and environment.
    The report is read from the file `output` in that folder, or from stdout.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    output: str | None = None


class Scanner(Protocol):
    """A scanner: how it is run, and how its report is read."""

    @property
    def name(self) -> str:
        """The name in options and settings: `trivy`."""
        ...

    def probe(self) -> ScannerState:
        """Return its version and database, without using the network.

        Raises:
            ScannerMissingError: it is not installed.
            ScannerUnusableError: it cannot be used.
        """
        ...

    def prepare(self, *, offline: bool) -> None:
        """Update its database, once in a run, unless *offline*.

        Raises:
            ScannerUnusableError: there is no database.
        """
        ...

    def command(self, target: ScanTarget) -> ScanCommand:
        """Return the command that scans *target*, by digest."""
        ...

    def read(self, output: bytes) -> ScanReport:
        """Read what the command wrote.

        Raises:
            ReportError: *output* is not a whole report of this tool.
        """
        ...
