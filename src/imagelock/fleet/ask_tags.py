"""Ask registries what tags are now, in this process or on a worker."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from imagelock.commands.console import LoggingConsole
from imagelock.commands.resolve import map_concurrently
from imagelock.dataclass import dataclass, field
from imagelock.errors import NotFoundError, RegistryError
from imagelock.registry.answers.model import TagAnswer
from imagelock.registry.connect import open_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.commands.console import Console
    from imagelock.config import Config
    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.registry.answers.model import ManifestDocument
    from imagelock.registry.client import RegistryClient

    TagAnswers = Mapping[Reference, TagAnswer | RegistryError]


@dataclass(frozen=True, slots=True)
class LockedTag:
    """The digests that a tag is locked to; whether all of their entries are complete."""

    digests: frozenset[str]
    is_complete: bool

    def is_up_to_date(self, digest: Digest) -> bool:
        """Return whether no lockfile needs to know what is at *digest*."""
        return self.is_complete and self.digests == {str(digest)}


@dataclass(frozen=True, slots=True)
class TagBatch:
    """Tags to ask for, in this order, as *config* reaches registries.

    The documents at the digests *known* need not be fetched. *timeout* is in seconds, for
    all of the tags.
    """

    tags: Mapping[Reference, LockedTag]
    known: frozenset[Digest]
    config: Config
    timeout: float


@dataclass(frozen=True, slots=True)
class BatchAnswers:
    """The answers for tags, and the new documents of those that have moved."""

    tags: TagAnswers = field(default_factory=dict)
    documents: Mapping[Digest, ManifestDocument] = field(default_factory=dict)


def ask_tags(
    batch: TagBatch,
    console: Console | None = None,
    save: Callable[[BatchAnswers], None] = lambda _: None,
) -> BatchAnswers:
    """Return the answers for the tags of *batch*, or the error in place of each.

    *save* gets those so far, as in `map_concurrently`.
    """
    console = console or LoggingConsole()
    documents: dict[Digest, ManifestDocument] = {}
    with (
        open_registry(batch.config, console, batch.timeout) as registry,
        console.progress("Asking registries", len(batch.tags)) as advance,
    ):
        registry.expect(batch.tags)
        answers = map_concurrently(
            batch.tags,
            lambda key: _ask(key, batch, registry, documents),
            advance,
            registry_of=attrgetter("registry"),
            save=lambda answers: save(BatchAnswers(answers, {**documents})),
        )
    return BatchAnswers(answers, documents)


def now() -> datetime:
    """Return the time as answers have it: in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _ask(
    key: Reference,
    batch: TagBatch,
    registry: RegistryClient,
    documents: dict[Digest, ManifestDocument],
) -> TagAnswer:
    """Return the answer for *key*; of a tag that has moved, add the content, too.

    Raises:
        RegistryError: the registry cannot be asked.
    """
    asked_at = now()
    try:
        digest = registry.digest(key)
    except NotFoundError as error:
        return TagAnswer(key, asked_at, missing=str(error))
    is_known = digest in batch.known or digest in documents
    if not (is_known or batch.tags[key].is_up_to_date(digest)):
        try:
            documents[digest] = registry.document(key, digest)
        except NotFoundError as error:
            # The tag exists, so it is not missing: the registry contradicts itself.
            raise RegistryError(str(error), hint="try again later") from error
    return TagAnswer(key, asked_at, digest)
