"""Ask registries for every locked tag once, and write the answers: `fleet resolve`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.errors import RegistryError, UsageError, convert_write_errors
from imagelock.fleet.ask_tags import BatchAnswers, LockedTag, TagBatch, ask_tags, now
from imagelock.fleet.ask_workers import ask_workers
from imagelock.fleet.database.connection import count_unreadable, open_for_reading
from imagelock.fleet.image_filter import references_filter
from imagelock.model.reference import Reference
from imagelock.project.atomic_write import write_atomically
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.registry.answers.model import AnswerFile, TagAnswer
from imagelock.registry.answers.reader import read_answers
from imagelock.registry.answers.writer import write_answers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor
    from datetime import timedelta
    from pathlib import Path
    from sqlite3 import Connection

    from imagelock.commands.console import Console
    from imagelock.config import Config
    from imagelock.fleet.shard import Shard
    from imagelock.model.digest import Digest

_QUERY: Final = """
    SELECT DISTINCT reference, digest, media_type IS NOT NULL
    FROM image WHERE tag IS NOT NULL ORDER BY reference
"""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveOptions:
    """What is asked, and how long.

    *images* are names and patterns of references; all if there are none. Of these, only
    those in *shard* are asked, and not those whose answer is at most *max_age* old, if
    that is given. *timeout* is in seconds, for the whole run.

    With *executor*, parts of the tags are asked for there, each within *timeout*, *jobs*
    of them at a time; registries are then reached from the workers, with their
    credentials.
    """

    images: Sequence[str] = ()
    shard: Shard | None = None
    max_age: timedelta | None = None
    timeout: float = DEFAULT_TIMEOUT
    executor: Executor | None = None
    jobs: int = 4


@dataclass(frozen=True, slots=True)
class ResolveResult:
    """What became of the tags.

    `asked` counts those that this run asked for, and `kept` those whose earlier answer
    is young enough. `failures` are those that no registry answered for. `moved` are the
    tags that are locked to something other than they are now, with their new digests,
    and `missing` those that are not served any more; both whenever they were asked for.
    `unreadable` is the number of repositories and lockfiles that could not be read.
    """

    asked: int
    kept: int
    moved: Mapping[Reference, Digest]
    missing: tuple[Reference, ...]
    failures: Mapping[Reference, RegistryError] = field(default_factory=dict)
    unreadable: int = 0


def resolve(
    database: Path,
    output: Path,
    config: Config,
    console: Console,
    options: ResolveOptions | None = None,
) -> ResolveResult:
    """Ask for each tag that *database* has once, and write the answers to *output*.

    Registries are reached as *config* says. Answers that *output* has already stay where
    this run gets none, with their time. Those that were asked for longest ago, or never,
    are asked for first. What has been answered is written now and then, and at an
    interruption.

    Raises:
        UsageError: the database or *output* cannot be used.
        InvalidReferenceError: an image is neither a pattern nor a reference.
    """
    options = options or ResolveOptions()
    matches = references_filter(options.images)
    with open_for_reading(database) as connection:
        locked = _locked_tags(connection)
        unreadable = count_unreadable(connection)
    run = _Run(locked, _earlier(output), output)
    chosen = [
        key
        for key in locked
        if matches(str(key)) and (not options.shard or options.shard.has(str(key)))
    ]
    queue = run.queue(chosen, options.max_age)
    batch = TagBatch(
        {key: locked[key] for key in queue},
        frozenset(run.before.documents),
        config,
        options.timeout,
    )
    if options.executor is None:
        answers = ask_tags(batch, console, run.save)
    else:
        answers = ask_workers(batch, options.executor, options.jobs, console, run.save)
    run.save(answers)
    tags = run.with_earlier(answers).tags
    return ResolveResult(
        asked=len(queue),
        kept=len(chosen) - len(queue),
        moved=run.moved(chosen, tags),
        missing=tuple(k for k in chosen if k in tags and tags[k].missing),
        failures={
            k: a for k, a in answers.tags.items() if isinstance(a, RegistryError)
        },
        unreadable=unreadable,
    )


def _locked_tags(connection: Connection) -> dict[Reference, LockedTag]:
    tags: dict[Reference, LockedTag] = {}
    for name, digest, is_complete in connection.execute(_QUERY):
        key = Reference.parse(name)
        before = tags.get(key)
        tags[key] = LockedTag(
            (before.digests if before else frozenset()) | {digest},
            bool(is_complete) and (before is None or before.is_complete),
        )
    return tags


@dataclass(frozen=True, slots=True)
class _Run:
    """A run over the tags *locked*, with the answers that it began with."""

    locked: Mapping[Reference, LockedTag]
    before: AnswerFile
    output: Path

    def queue(
        self, chosen: Sequence[Reference], max_age: timedelta | None
    ) -> list[Reference]:
        """Return those of *chosen* to ask for: the ones without an answer first.

        Answers that are at most *max_age* old are kept, if it is given.
        """
        present = datetime.now(UTC)
        asked_at: dict[Reference, datetime] = {}
        for key in chosen:
            answer = self.before.tags.get(key)
            if answer is None or answer.asked_at is None or answer.asked_at > present:
                asked_at[key] = _NEVER
            elif not (max_age and answer.is_fresh(present, max_age)) or self._lacks(
                answer
            ):
                asked_at[key] = answer.asked_at
        return sorted(asked_at, key=lambda key: asked_at[key])

    def _lacks(self, answer: TagAnswer) -> bool:
        """Return whether a lockfile needs the content of *answer*, which is not known."""
        digest = answer.digest
        if digest is None or digest in self.before.documents:
            return False
        return not self.locked[answer.reference].is_up_to_date(digest)

    def moved(
        self, chosen: Sequence[Reference], tags: Mapping[Reference, TagAnswer]
    ) -> dict[Reference, Digest]:
        """Return those of *chosen* that are locked to something other than *tags* have."""
        return {
            key: digest
            for key in chosen
            if (answer := tags.get(key))
            and (digest := answer.digest)
            and self.locked[key].digests != {str(digest)}
        }

    def save(self, answers: BatchAnswers) -> None:
        """Write the *answers* so far, and those from before that are still of use."""
        data = write_answers(self.with_earlier(answers))
        with convert_write_errors(self.output, UsageError):
            write_atomically(self.output, data)

    def with_earlier(self, answers: BatchAnswers) -> AnswerFile:
        """Return *answers*, those from before that are still of use, and the content."""
        tags = {k: a for k, a in self.before.tags.items() if k in self.locked}
        for key, answer in answers.tags.items():
            tags[key] = _answer(key, answer).or_earlier(self.before.tags.get(key))
        documents = {**self.before.documents, **answers.documents}
        moved = {
            digest
            for key, answer in tags.items()
            if (digest := answer.digest) and not self.locked[key].is_up_to_date(digest)
        }
        return AnswerFile(tags, {d: documents[d] for d in moved if d in documents})


def _earlier(output: Path) -> AnswerFile:
    """Return what the file *output* has, if there is one.

    Raises:
        UsageError: it is something else, which would be lost.
    """
    if not output.exists():
        return AnswerFile()
    try:
        return read_answers(output)
    except UsageError as error:
        error.hint = "delete it, or name another file with `--output`"
        raise


def _answer(key: Reference, result: TagAnswer | RegistryError) -> TagAnswer:
    if isinstance(result, TagAnswer):
        return result
    return TagAnswer(key, failed_at=now(), failure=result.cause or str(result))
