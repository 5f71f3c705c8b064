"""Ask registries for every locked tag once, and write the answers: `fleet resolve`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from imagelock.commands.resolve import map_concurrently
from imagelock.dataclass import dataclass, field
from imagelock.errors import NotFoundError, RegistryError, UsageError, reason
from imagelock.fleet.database import count_unreadable, open_for_reading
from imagelock.fleet.image_filter import references_filter
from imagelock.model.reference import Reference
from imagelock.project.atomic_write import write_atomically
from imagelock.registry.answers.model import AnswerFile, TagAnswer
from imagelock.registry.answers.reader import read_answers
from imagelock.registry.answers.writer import write_answers
from imagelock.registry.connect import DEFAULT_TIMEOUT, open_registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path
    from sqlite3 import Connection

    from imagelock.commands.console import Console
    from imagelock.config import Config
    from imagelock.fleet.shard import Shard
    from imagelock.model.digest import Digest
    from imagelock.registry.answers.model import ManifestDocument
    from imagelock.registry.client import RegistryClient

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
    """

    images: Sequence[str] = ()
    shard: Shard | None = None
    max_age: timedelta | None = None
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class ResolveResult:
    """What became of the tags.

    `asked` counts those that this run asked for, and `kept` those whose earlier answer
    is young enough. `failures` are those that no registry answered for. `moved` are the
    tags that are locked to something else than they are now, with their new digests,
    and `missing` those that are not served any more; both whenever they were asked for.
    `unreadable` is the number of repositories and lockfiles that could not be read.
    """

    asked: int
    kept: int
    moved: Mapping[Reference, Digest]
    missing: tuple[Reference, ...]
    failures: Mapping[Reference, RegistryError] = field(default_factory=dict)
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class _LockedTag:
    """The digests that a tag is locked to; whether all of their entries are complete."""

    digests: frozenset[str]
    is_complete: bool

    def is_up_to_date(self, digest: Digest) -> bool:
        """Return whether no lockfile needs to know what is at *digest*."""
        return self.is_complete and self.digests == {str(digest)}


def resolve(
    database: Path,
    output: Path,
    config: Config,
    console: Console,
    options: ResolveOptions | None = None,
) -> ResolveResult:
    """Ask for each tag that *database* has once, and write the answers to *output*.

    Registries are reached as *config* says. AnswerFile that *output* has already stay where
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
    run = _Run(
        locked, read_answers(output) if output.exists() else AnswerFile(), output
    )
    chosen = [
        key
        for key in locked
        if matches(str(key)) and (not options.shard or options.shard.has(str(key)))
    ]
    queue = run.queue(chosen, options.max_age)
    with (
        open_registry(config, console, options.timeout) as registry,
        console.progress("Asking registries", len(queue)) as advance,
    ):
        registry.expect(queue)
        answers = map_concurrently(
            queue,
            partial(run.ask, registry=registry),
            advance,
            registry_of=attrgetter("registry"),
            save=run.save,
        )
    run.save(answers)
    tags = run.with_earlier(answers).tags
    return ResolveResult(
        asked=len(queue),
        kept=len(chosen) - len(queue),
        moved={
            key: digest
            for key in chosen
            if (answer := tags.get(key))
            and (digest := answer.digest)
            and locked[key].digests != {str(digest)}
        },
        missing=tuple(
            key for key in chosen if (answer := tags.get(key)) and answer.missing
        ),
        failures={k: a for k, a in answers.items() if isinstance(a, RegistryError)},
        unreadable=unreadable,
    )


def _locked_tags(connection: Connection) -> dict[Reference, _LockedTag]:
    tags: dict[Reference, _LockedTag] = {}
    for name, digest, is_complete in connection.execute(_QUERY):
        key = Reference.parse(name)
        before = tags.get(key)
        tags[key] = _LockedTag(
            (before.digests if before else frozenset()) | {digest},
            bool(is_complete) and (before is None or before.is_complete),
        )
    return tags


@dataclass(frozen=True, slots=True)
class _Run:
    """A run over the tags *locked*, with the answers that it began with."""

    locked: Mapping[Reference, _LockedTag]
    before: AnswerFile
    output: Path
    documents: dict[Digest, ManifestDocument] = field(default_factory=dict)

    def queue(
        self, chosen: Sequence[Reference], max_age: timedelta | None
    ) -> list[Reference]:
        """Return those of *chosen* to ask for: the ones without an answer first.

        AnswerFile that are at most *max_age* old are kept, if it is given.
        """
        now = datetime.now(UTC)
        asked_at: dict[Reference, datetime] = {}
        for key in chosen:
            answer = self.before.tags.get(key)
            if answer is None or answer.asked_at is None or answer.asked_at > now:
                asked_at[key] = _NEVER
            elif not (max_age and answer.is_fresh(now, max_age)) or self._lacks(answer):
                asked_at[key] = answer.asked_at
        return sorted(asked_at, key=lambda key: asked_at[key])

    def _lacks(self, answer: TagAnswer) -> bool:
        """Return whether a lockfile needs the content of *answer*, which is not known."""
        digest = answer.digest
        if digest is None or digest in self.before.documents:
            return False
        return not self.locked[answer.reference].is_up_to_date(digest)

    def ask(self, key: Reference, registry: RegistryClient) -> TagAnswer:
        """Return the answer for *key*; of a tag that has moved, keep the content, too.

        Raises:
            RegistryError: the registry cannot be asked.
        """
        now = _now()
        try:
            digest = registry.digest(key)
        except NotFoundError as error:
            return TagAnswer(key, now, missing=str(error))
        is_known = digest in self.before.documents or digest in self.documents
        if not (is_known or self.locked[key].is_up_to_date(digest)):
            try:
                self.documents[digest] = registry.document(key, digest)
            except NotFoundError as error:
                # The tag exists, so it is not missing: the registry contradicts itself.
                raise RegistryError(str(error), hint="try again later") from error
        return TagAnswer(key, now, digest)

    def save(self, answers: Mapping[Reference, TagAnswer | RegistryError]) -> None:
        """Write the *answers* so far, and those from before that are still of use."""
        _write(self.output, write_answers(self.with_earlier(answers)))

    def with_earlier(
        self, answers: Mapping[Reference, TagAnswer | RegistryError]
    ) -> AnswerFile:
        """Return *answers*, those from before that are still of use, and the content."""
        tags = {k: a for k, a in self.before.tags.items() if k in self.locked}
        for key, answer in answers.items():
            tags[key] = _answer(key, answer).or_earlier(self.before.tags.get(key))
        documents = {**self.before.documents, **self.documents}
        moved = {
            digest
            for key, answer in tags.items()
            if (digest := answer.digest) and not self.locked[key].is_up_to_date(digest)
        }
        return AnswerFile(tags, {d: documents[d] for d in moved if d in documents})


def _write(path: Path, data: bytes) -> None:
    try:
        write_atomically(path, data)
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {reason(error)}") from error


def _answer(key: Reference, result: TagAnswer | RegistryError) -> TagAnswer:
    if isinstance(result, TagAnswer):
        return result
    return TagAnswer(key, failed_at=_now(), failure=result.cause or str(result))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
