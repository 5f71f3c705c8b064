"""Scan the locked images: one update of the database, then several images at a time."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.scanning.outcome import Outcome, ScanResult
from imagelock.scanning.raw_results import RawResults
from imagelock.scanning.readiness import Readiness, make_ready, update
from imagelock.scanning.scan_report import ReportError
from imagelock.scanning.scanner import ScannerUnusableError
from imagelock.scanning.scanner_program import ScannerProgram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imagelock.scanning.readiness import RunOptions
    from imagelock.scanning.registry_access import RegistryAccess
    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import (
        ScanCommand,
        Scanner,
        ScannerState,
        ScanTarget,
    )

_MOST_JOBS: Final = 4
"""A scanner takes some 100 to 200 MB of memory, and more than one processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRun:
    """The results for all targets, in their order, and the scanner that gave them.

    `state` is `None` if the scanner could not be used: then nothing could be scanned.
    `notices` are for the user.
    """

    scanner: str
    state: ScannerState | None
    results: tuple[ScanResult, ...]
    notices: tuple[str, ...] = ()


def run_scanner(
    scanner: Scanner,
    targets: Sequence[ScanTarget],
    *,
    options: RunOptions,
    access: RegistryAccess,
    on_progress: Callable[[], None] = lambda: None,
) -> ScanRun:
    """Scan each of *targets*, and return what became of it.

    A failure is a result, and the others are scanned. *on_progress* is called after each,
    by this thread.

    Raises:
        ScannerMissingError: the scanner is not installed.
    """
    stop = threading.Event()
    program = ScannerProgram.find(scanner, access, stop)
    try:
        readiness = make_ready(scanner, program, options)
    except (ScannerUnusableError, ReportError) as error:
        failures = (ScanResult(t, problem=str(error), hint=error.hint) for t in targets)
        return ScanRun(scanner=scanner.name, state=None, results=tuple(failures))
    results = RawResults.of(
        options.results, scanner.name, program.path, readiness.state
    )
    downloads = _Downloads(lambda command: update(scanner, program, options, command))
    scan = _Scan(scanner, program, access, options, readiness, results, downloads)
    return ScanRun(
        scanner=scanner.name,
        state=readiness.state,
        results=_map(scan.result, targets, on_progress, stop),
        notices=readiness.notices,
    )


@dataclass(frozen=True, slots=True)
class _Scan:
    """Scans single targets with a scanner that is ready."""

    scanner: Scanner
    program: ScannerProgram
    access: RegistryAccess
    options: RunOptions
    readiness: Readiness
    results: RawResults | None
    downloads: _Downloads

    def result(self, target: ScanTarget) -> ScanResult:
        """Return the report about *target*, or why there is none."""
        try:
            report = self._report(target)
        except (ScannerUnusableError, ReportError) as error:
            return ScanResult(target, problem=str(error), hint=error.hint)
        result = ScanResult(target, report)
        if result.outcome is Outcome.CLEAN and not self.readiness.is_proven:
            return ScanResult(
                target,
                problem="no vulnerability was found, but whether"
                f" {self.scanner.name} knows any is not certain",
                hint="name an image with a known vulnerability as its canary",
            )
        return result

    def _report(self, target: ScanTarget) -> ScanReport:
        """Return the report from the first server that has the image.

        Raises:
            ScannerUnusableError: no server has it, or the scanner failed.
            ReportError: the output is not the report about *target*.
        """
        *others, last = self.access.locations(target)
        for location in others:
            try:
                return self._report_from(location)
            except (ScannerUnusableError, ReportError):
                continue
        return self._report_from(last)

    def _report_from(self, target: ScanTarget) -> ScanReport:
        command = self.scanner.command(target)
        state = self.readiness.state
        report = self._known_report(command, target)
        if report is None:
            if self.options.offline:
                message = "it was not scanned before with this database"
                raise ScannerUnusableError(message, hint="scan without `--offline`")
            output = self._output(command)
            report = _accepted(self.scanner, output, target)
            if self.results:
                self.results.keep(command, output)
        return replace(
            report,
            tool_version=report.tool_version or state.version,
            database=report.database or state.database,
            built=state.built or report.built,
        )

    def _output(self, command: ScanCommand) -> bytes:
        """Return what *command* prints, after a download of what it lacks, if it must be.

        Raises:
            ScannerUnusableError: it failed, or the download did.
        """
        try:
            return self.program.run(command, self.options.timeout)
        except ScannerUnusableError as error:
            missing = self.scanner.missing_data(str(error))
            if missing is None:
                raise
        self.downloads.get(missing)
        return self.program.run(command, self.options.timeout)

    def _known_report(
        self, command: ScanCommand, target: ScanTarget
    ) -> ScanReport | None:
        """Return the report of an earlier run, if it is there and can still be read."""
        output = self.results.get(command) if self.results else None
        if output is None:
            return None
        try:
            return _accepted(self.scanner, output, target)
        except ReportError:
            return None


class _Downloads:
    """Downloads data that scans lack, each once: other scans wait for it."""

    def __init__(self, download: Callable[[ScanCommand], None]) -> None:
        self._download = download
        self._ended: list[tuple[ScanCommand, ScannerUnusableError | None]] = []
        self._lock = threading.Lock()

    def get(self, command: ScanCommand) -> None:
        """Run *command*, unless it was run.

        Raises:
            ScannerUnusableError: it failed.
        """
        with self._lock:
            if command not in (ended for ended, _ in self._ended):
                self._ended.append((command, self._error(command)))
            error = next(e for ended, e in self._ended if ended == command)
        if error:
            raise ScannerUnusableError(str(error), hint=error.hint)

    def _error(self, command: ScanCommand) -> ScannerUnusableError | None:
        try:
            self._download(command)
        except ScannerUnusableError as error:
            return error
        return None


def _accepted(scanner: Scanner, output: bytes, target: ScanTarget) -> ScanReport:
    """Return the report in *output*, if it is about *target*.

    Raises:
        ReportError: it is not whole, or about another image.
    """
    report = scanner.read(output)
    is_anonymous = report.digest is None and not scanner.reports_digest
    if not is_anonymous and not report.names(target.digest):
        about = f"`{report.digest}`" if report.digest else "an image without a digest"
        raise ReportError(f"the report is about {about}, not `{target.digest}`")
    return report


def _map(
    scan: Callable[[ScanTarget], ScanResult],
    targets: Sequence[ScanTarget],
    on_progress: Callable[[], None],
    stop: threading.Event,
) -> tuple[ScanResult, ...]:
    """Return the result of *scan* for each of *targets*, in order.

    An interruption sets *stop*, which ends every program, and is raised.
    """
    jobs = min(_MOST_JOBS, 2 * (os.cpu_count() or 1))
    with ThreadPoolExecutor(jobs, thread_name_prefix="scan") as threads:
        done = threading.Semaphore(0)
        futures = [threads.submit(scan, target) for target in targets]
        for future in futures:
            future.add_done_callback(lambda _: done.release())
        try:
            for _ in futures:
                done.acquire()
                on_progress()
            return tuple(future.result() for future in futures)
        except BaseException:
            stop.set()
            threads.shutdown(wait=True, cancel_futures=True)
            raise
