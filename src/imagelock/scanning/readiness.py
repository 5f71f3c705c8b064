"""Make a scanner ready: a new database, of a known age, that knows vulnerabilities."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.file_lock import try_lock
from imagelock.scanning.scanner import ScannerUnusableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from imagelock.scanning.scanner import ScanCommand, Scanner, ScannerState
    from imagelock.scanning.scanner_program import ScannerProgram

MAX_DATABASE_AGE: Final = timedelta(days=5)
"""As Grype has it: databases are built each day."""
IMAGE_TIMEOUT: Final = 600.0
"""In seconds."""
_PROBE_TIMEOUT: Final = 60.0
_UPDATE_TIMEOUT: Final = 600.0
_BETWEEN_TRIES: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to scan: *timeout* is in seconds for an image.

    *results* is the folder with the results of earlier runs. An *offline* run updates no
    database and asks no registry: it knows only such results. Where the database was
    updated a moment ago, *updates* is false.
    """

    offline: bool = False
    updates: bool = True
    timeout: float = IMAGE_TIMEOUT
    max_database_age: timedelta = MAX_DATABASE_AGE
    results: Path | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """A scanner that can be used; `is_proven` is whether it found the canary."""

    state: ScannerState
    is_proven: bool
    notices: tuple[str, ...] = ()


def make_ready(
    scanner: Scanner, program: ScannerProgram, options: RunOptions
) -> Readiness:
    """Update the database of *scanner*, and check its age and what it knows.

    Raises:
        ScannerUnusableError: it cannot be used.
        ReportError: it cannot report on the canary.
    """
    if options.offline and not scanner.is_local:
        message = f"`{scanner.name}` scans on a server, and the run is offline"
        raise ScannerUnusableError(message)
    updates = options.updates and not options.offline
    failure = _update(scanner, program, options) if updates else None
    try:
        state = scanner.probe(partial(program.run, timeout=_PROBE_TIMEOUT))
    except ScannerUnusableError as error:
        if failure:
            raise failure from error
        raise
    if state.updates and updates:
        failure = failure or _run_updates(scanner, program, options, state.updates)
        state = scanner.probe(partial(program.run, timeout=_PROBE_TIMEOUT))
    if scanner.is_local:
        _check_age(scanner, state, options.max_database_age, failure)
    notice = f"{failure}; the database of {_day(state.built)} is used"
    return Readiness(
        state,
        _finds_canary(scanner, program, options),
        (notice,) if failure else (),
    )


def _update(
    scanner: Scanner, program: ScannerProgram, options: RunOptions
) -> ScannerUnusableError | None:
    """Update the database; return the error if it cannot be."""
    command = scanner.update()
    return _run_updates(scanner, program, options, [command] if command else [])


def _run_updates(
    scanner: Scanner,
    program: ScannerProgram,
    options: RunOptions,
    commands: Iterable[ScanCommand],
) -> ScannerUnusableError | None:
    """Run *commands*, each alone; return the error of the first that fails."""
    try:
        for command in commands:
            update(scanner, program, options, command)
    except ScannerUnusableError as error:
        message = f"the database of `{scanner.name}` could not be updated: {error}"
        return ScannerUnusableError(message, hint=error.hint)
    return None


def update(
    scanner: Scanner,
    program: ScannerProgram,
    options: RunOptions,
    command: ScanCommand,
) -> None:
    """Run *command*, which updates data, and no other update on this machine meanwhile.

    Raises:
        ScannerUnusableError: it failed.
    """
    with _lock(options.results, scanner.name):
        program.run(command, _UPDATE_TIMEOUT)


@contextmanager
def _lock(folder: Path | None, name: str) -> Iterator[None]:
    """Let other runs on this machine wait: two updates at once can empty a database.

    Without a folder, or without locks in it, they do not wait.
    """
    with ExitStack() as stack:
        if folder is not None:
            with suppress(OSError):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                file = stack.enter_context((folder / f"{name}.lock").open("ab"))
                deadline = time.monotonic() + _UPDATE_TIMEOUT
                while not try_lock(file.fileno()) and time.monotonic() < deadline:
                    time.sleep(_BETWEEN_TRIES)
        yield


def _check_age(
    scanner: Scanner,
    state: ScannerState,
    limit: timedelta,
    failure: ScannerUnusableError | None,
) -> None:
    if state.built is None:
        message = f"the age of the database of `{scanner.name}` is not known"
        raise ScannerUnusableError(message)
    if datetime.now(UTC) - state.built > limit:
        cause = f", and {failure}" if failure else ""
        raise ScannerUnusableError(
            f"the database of `{scanner.name}` is from {_day(state.built)}, which is"
            f" longer ago than the settings allow{cause}",
            hint="scan without `--offline`, or raise `max-database-age`",
        )


def _finds_canary(
    scanner: Scanner, program: ScannerProgram, options: RunOptions
) -> bool:
    """Return whether the scanner found the canary; `False` if it has none.

    Raises:
        ScannerUnusableError: it did not find it.
    """
    if (command := scanner.canary()) is None:
        return False
    if not scanner.finds(program.run(command, options.timeout)):
        raise ScannerUnusableError(
            f"`{scanner.name}` does not find a known vulnerability, which imagelock"
            " gives it to find: its database is empty or damaged",
            hint="delete the database, and let the scanner download it again",
        )
    return True


def _day(time_: datetime | None) -> str:
    return f"{time_:%Y-%m-%d}" if time_ else "unknown date"
