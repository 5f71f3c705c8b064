"""Read the lockfiles of many repositories into a database: `fleet collect`."""

from __future__ import annotations

from collections import Counter, deque
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.fleet.database.connection import DATABASE, open_for_writing
from imagelock.fleet.database.store import FleetStore
from imagelock.fleet.repositories.lists import host_of, without_secrets
from imagelock.fleet.repositories.read import read_repository
from imagelock.fleet.repositories.repository import RepositoryReading
from imagelock.fleet.repositories.source_content import find_repositories
from imagelock.fleet.tasks.run import WINDOW, run_tasks, threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from imagelock.commands.console import Console
    from imagelock.fleet.repositories.lists import BadLine
    from imagelock.fleet.repositories.repository import RepositoryTask
    from imagelock.fleet.repositories.source_content import SourceContent
    from imagelock.fleet.shard import Shard

JOBS: Final = 16
"""Repositories that are read at a time."""
_PATIENCE: Final = 5
"""Repositories of a host in a row that find it silent, before the others are not read."""
_LONGEST_SILENCE: Final = 900.0
"""In seconds, until no worker is expected to answer: git gives up long before."""
_BETWEEN_SAVES: Final = 1.0
"""In seconds. What is saved is not read again if the run is interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectOptions:
    """How repositories are read.

    With *prune*, those that a source no longer has are deleted from the database. Only
    those in *shard* are read. *jobs* are read at a time, in *executor* if it is given:
    `read_repository` then runs there.
    """

    database: Path = Path(DATABASE)
    prune: bool = False
    shard: Shard | None = None
    jobs: int = JOBS
    executor: Executor | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A repository, or a lockfile in it, that could not be read."""

    repository: str
    lockfile: str | None
    reason: str
    hint: str | None = None


@dataclass(slots=True)
class CollectResult:
    """What became of the repositories.

    `read`, `unchanged` and `without_lockfile` count repositories; those without a
    lockfile are among those that were read. `without_repository` are folders in which
    nothing was found, and `gone` the repositories in the database that their source no
    longer has: they are deleted if that was asked for.
    """

    read: int = 0
    unchanged: int = 0
    without_lockfile: int = 0
    lockfiles: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    bad_lines: list[BadLine] = field(default_factory=list)
    without_repository: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def collect(
    sources: Sequence[str],
    console: Console,
    options: CollectOptions | None = None,
    stdin: str = "",
) -> CollectResult:
    """Read the lockfiles of the repositories in *sources* into a database.

    A source is a folder, a list of repositories in a file, `-` for the list *stdin*, or
    an address that git can fetch from. Repositories whose commit is known are not read.

    Raises:
        UsageError: a source does not exist, or has no repository at all; or the file
            of the database is something else.
    """
    options = options or CollectOptions()
    result = CollectResult()
    with open_for_writing(options.database) as connection:
        store = FleetStore(connection)
        found = [find_repositories(name, stdin) for name in dict.fromkeys(sources)]
        tasks = [
            task
            for source in found
            for task in source.tasks
            if options.shard is None or options.shard.has(task.name)
        ]
        _note_sources(found, store, options, result)
        failures = (failure for source in found for failure in source.failures)
        with console.progress("Reading repositories", len(tasks)) as advance:
            readings = _readings(store.with_known(tasks), options)
            for batch in _batches(chain(failures, readings)):
                with store.transaction():
                    for reading in batch:
                        _save(reading, store, result)
                        advance()
        with store.transaction():
            store.collect_garbage()
    result.unreadable.sort(key=lambda each: (each.repository, each.lockfile or ""))
    return result


def _note_sources(
    found: Iterable[SourceContent],
    store: FleetStore,
    options: CollectOptions,
    result: CollectResult,
) -> None:
    """Note what is to be reported of the sources, and delete what they have not."""
    for source in found:
        result.bad_lines += source.bad_lines
        result.without_repository += source.without
        gone = source.gone(store.repositories(source.identity), options.shard)
        result.gone += gone
        if options.prune:
            store.delete(source.identity, gone)


def _readings(
    tasks: list[RepositoryTask], options: CollectOptions
) -> Iterator[RepositoryReading]:
    hosts = _Hosts()
    window = options.jobs * WINDOW

    def run(executor: Executor) -> Iterator[RepositoryReading]:
        for task, answer in run_tasks(
            _by_turns(tasks),
            read_repository,
            executor,
            window,
            hosts.refused,
            _LONGEST_SILENCE,
        ):
            reading = _reading(task, answer)
            hosts.note(reading)
            yield reading

    if options.executor is not None:
        tasks = [without_secrets(task) for task in tasks]
        yield from run(options.executor)
        return
    with threads(options.jobs) as executor:
        yield from run(executor)


def _reading(
    task: RepositoryTask, answer: RepositoryReading | Exception
) -> RepositoryReading:
    """Return the reading in *answer*: whatever ends a worker, the rest goes on."""
    if isinstance(answer, RepositoryReading):
        return answer
    reason = f"its worker failed: {str(answer) or type(answer).__name__}"
    return RepositoryReading(task=task, reason=reason)


class _Hosts:
    """Which hosts cannot be reached: each of 10,000 repositories would wait for it."""

    def __init__(self) -> None:
        self._silent = Counter[str]()

    def note(self, reading: RepositoryReading) -> None:
        """Note whether the host of a repository was reached."""
        host = host_of(reading.task)
        if reading.is_host_silent:
            self._silent[host] += 1
        elif self._silent[host] < _PATIENCE:
            self._silent[host] = 0

    def refused(self, task: RepositoryTask) -> RepositoryReading | None:
        """Return the reading of a repository that is not asked for any more."""
        host = host_of(task)
        if not host or self._silent[host] < _PATIENCE:
            return None
        reason = f"not read: `{host}` could not be reached before"
        hint = "collect again when it can: what was read is not read again"
        return RepositoryReading(task=task, reason=reason, hint=hint)


def _by_turns(tasks: Iterable[RepositoryTask]) -> Iterator[RepositoryTask]:
    """Yield *tasks* with the hosts by turns, so that no host delays all others."""
    queues: dict[str, deque[RepositoryTask]] = {}
    for task in tasks:
        queues.setdefault(host_of(task), deque()).append(task)
    while queues:
        for host, queue in [*queues.items()]:
            yield queue.popleft()
            if not queue:
                del queues[host]


def _batches(
    readings: Iterable[RepositoryReading],
) -> Iterator[list[RepositoryReading]]:
    """Yield *readings* in groups, each of those of a short time.

    An interruption loses none that were read.
    """
    batch: list[RepositoryReading] = []
    began = monotonic()
    try:
        for reading in readings:
            batch.append(reading)
            if monotonic() - began > _BETWEEN_SAVES:
                yield batch
                batch, began = [], monotonic()
    except KeyboardInterrupt:
        yield batch
        raise
    yield batch


def _save(reading: RepositoryReading, store: FleetStore, result: CollectResult) -> None:
    name = reading.task.name
    stored = store.save(reading)
    if reading.reason is not None:
        result.unreadable.append(Unreadable(name, None, reading.reason, reading.hint))
        return
    lockfiles = len(reading.task.blobs) if reading.is_unchanged else len(stored)
    result.read += 1
    result.unchanged += reading.is_unchanged
    result.without_lockfile += not lockfiles
    result.lockfiles += lockfiles
    result.unreadable += [
        Unreadable(name, each.path, each.reason, each.hint)
        for each in stored
        if each.reason is not None
    ]
