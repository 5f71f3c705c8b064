"""Scan manifests, in parts, on the workers of a cluster."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from imagelock.commands.project_scanner import RESULTS
from imagelock.dataclass import dataclass, replace
from imagelock.errors import ImagelockError
from imagelock.fleet.tasks.run import WINDOW, run_tasks
from imagelock.fleet.tasks.worker_settings import worker_settings
from imagelock.scanning.outcome import ScanResult
from imagelock.scanning.runner import ScanRun
from imagelock.user_cache import user_cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from imagelock.commands.project_scanner import ProjectScanner
    from imagelock.scanning.scanner import ScanTarget

_PART: Final = 20
"""Manifests that a worker scans with one look at the state of its scanner."""
_UPDATE: Final = 1800.0
"""In seconds, beyond the time of all scans of a part: for databases, and to start."""

_updated: set[str] = set()
"""Runs for which the database was updated where this is: a process has many parts."""


@dataclass(frozen=True, slots=True)
class ScanPart:
    """A part of the *targets* of a *run*, which has a name of its own."""

    scanner: ProjectScanner
    targets: Sequence[ScanTarget]
    run: str


def scan_on_workers(
    scanner: ProjectScanner,
    targets: Sequence[ScanTarget],
    executor: Executor,
    jobs: int,
) -> Iterator[ScanRun]:
    """Yield runs of *scanner*, each with a part of *targets*, in the order they end.

    Scanner and credentials are those of the workers of *executor*; *jobs* of them run at
    a time. What a worker did not scan is a failure: the next run scans it.
    """
    patience = scanner.options.timeout * _PART + _UPDATE
    parts = _parts(scanner, targets)
    for part, outcome in run_tasks(
        parts, scan_part, executor, jobs * WINDOW, patience=patience
    ):
        yield outcome if isinstance(outcome, ScanRun) else _failed(part, outcome)


def scan_part(part: ScanPart) -> ScanRun:
    """Scan the targets of *part* on this machine, which keeps what its scanner prints.

    Raises:
        ImagelockError: the scanner is not installed.
    """
    options = part.scanner.options
    folder = user_cache(os.environ) if options.results else None
    options = replace(
        options,
        results=folder / RESULTS if folder else None,
        updates=options.updates and part.run not in _updated,
    )
    run = replace(part.scanner, options=options).run(part.targets)
    if run.state is not None:
        _updated.add(part.run)
    return run


def _parts(
    scanner: ProjectScanner, targets: Iterable[ScanTarget]
) -> Iterator[ScanPart]:
    scanner = replace(scanner, config=worker_settings(scanner.config))
    run = uuid4().hex
    remaining = iter(targets)
    while part := tuple(islice(remaining, _PART)):
        yield ScanPart(scanner, part, run)


def _failed(part: ScanPart, error: Exception) -> ScanRun:
    """Return failures for *part*, as its worker ended with *error*."""
    hint = error.hint if isinstance(error, ImagelockError) else "run it again"
    problem = f"its worker failed: {str(error) or type(error).__name__}"
    results = tuple(
        ScanResult(target, problem=problem, hint=hint) for target in part.targets
    )
    return ScanRun(scanner=part.scanner.name, state=None, results=results)
