"""What a scanner is to imagelock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from imagelock.dataclass import dataclass, field
from imagelock.errors import ImagelockError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.scanning.scan_report import ScanReport

RunScanner: TypeAlias = Callable[["ScanCommand"], bytes]
"""Runs a command and returns its output, or raises `ScannerUnusableError`."""


class ScannerMissingError(UsageError):
    """A scanner that is not installed; the hint says how to get it."""


class ScannerUnusableError(ImagelockError):
    """A scanner that cannot give answers, such as for want of a database."""

    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True, order=True)
class ScanTarget:
    """A platform manifest: what is scanned, once however often it is used.

    `repository` includes the registry: `docker.io/library/nginx`. A registry that is
    `insecure` is asked without TLS, or its certificate is not checked.
    """

    repository: str
    digest: Digest
    platform: Platform | None = None
    insecure: bool = False

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True)
class ScannerState:
    """A scanner that is ready: its version, its database, and when that was made.

    `database` is empty for tools that do not name theirs; then nothing is cached.
    `updates` are commands that update further data, which is there.
    """

    version: str
    database: str = ""
    built: datetime | None = None
    updates: tuple[ScanCommand, ...] = ()


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """What the settings and the files of a project say to its scanner.

    `files` are those of `Scanner.ignore_files` that the project has, and `vex` its VEX
    documents; both by file name. `canary` is an image with a known vulnerability, for a
    scanner that has no canary of its own. `timeout` is that of an image, in seconds.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    vex: Mapping[str, bytes] = field(default_factory=dict)
    canary: ScanTarget | None = None
    timeout: float = 600.0


@dataclass(frozen=True, slots=True)
class ScanCommand:
    """A command of a scanner: what follows the name of the program.

    `environment` is added to that of imagelock. `files` are written to a new private
    folder, which is also the current folder and stands for the field `{folder}` in
    arguments and values of the environment. The output is read from the file `output` in
    that folder, or from stdout. `accepts_failure` is whether any exit code will do.

    `logins` are the repositories whose stored credentials the program gets, in a Docker
    configuration that has no others. With `None` it gets that of the user, for what it
    asks on its own account: the update of a database.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    output: str | None = None
    accepts_failure: bool = False
    logins: tuple[str, ...] | None = None


class ScannerDescription(Protocol):
    """What is known of a scanner without the settings of a project."""

    @property
    def name(self) -> str:
        """The name in options and settings: `trivy`."""
        ...

    @property
    def program(self) -> str:
        """The name of the program, which must be on the `PATH`."""
        ...

    @property
    def install_hint(self) -> str:
        """How to get the program: a hint."""
        ...

    @property
    def ignore_files(self) -> tuple[str, ...]:
        """The paths of its ignore files, from the root of a project."""
        ...

    @property
    def reports_digest(self) -> bool:
        """Whether each report names the digest of the manifest that was scanned."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether it scans on this machine: not on a server."""
        ...


class Scanner(ScannerDescription, Protocol):
    """A scanner: how it is run, and how its report is read.

    It starts no process, and reads no file: it describes commands, and what their output
    means. `run_scanner` starts them, with a time-out and bounds for the output, and never
    with a shell. The class of a scanner is called with `ScannerSettings`.
    """

    def environment(self, user: Mapping[str, str]) -> dict[str, str]:
        """Return what the program gets of the environment *user*.

        That is nothing that could change what is found.
        """
        ...

    def probe(self, run: RunScanner) -> ScannerState:
        """Return its version and database; nothing is asked of the network.

        Raises:
            ScannerUnusableError: it cannot be used.
        """
        ...

    def update(self) -> ScanCommand | None:
        """Return the command that updates its database, if it has one here."""
        ...

    def command(self, target: ScanTarget) -> ScanCommand:
        """Return the command that scans *target*, by digest."""
        ...

    def missing_data(self, problem: str) -> ScanCommand | None:
        """Return the command that gets what a scan lacked, as *problem* says, if any."""
        ...

    def canary(self) -> ScanCommand | None:
        """Return the command that scans something with a known vulnerability."""
        ...

    def finds(self, output: bytes) -> bool:
        """Return whether the report of the canary in *output* has a vulnerability.

        Raises:
            ReportError: *output* is not a whole report of this tool.
        """
        ...

    def read(self, output: bytes) -> ScanReport:
        """Read what the command wrote.

        Raises:
            ReportError: *output* is not a whole report of this tool.
        """
        ...


class ScannerClass(ScannerDescription, Protocol):
    """The class of a scanner."""

    def __call__(self, settings: ScannerSettings) -> Scanner:
        """Return the scanner of a project."""
        ...
