"""Repositories whose locked tags have moved since: `fleet behind`."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, TypeGuard

from imagelock.commands.resolve import map_concurrently
from imagelock.dataclass import dataclass, field
from imagelock.errors import NotFoundError, RegistryError
from imagelock.fleet.database import count_unreadable, open_for_reading
from imagelock.fleet.image_filter import references_filter
from imagelock.fleet.locked_tags import locked_tags
from imagelock.model.reference import Reference
from imagelock.registry.connect import DEFAULT_TIMEOUT, lazy_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from imagelock.commands.console import Console
    from imagelock.config import Config
    from imagelock.fleet.locked_tags import LockedDigest
    from imagelock.model.digest import Digest
    from imagelock.registry.answers.given import Answers


@dataclass(frozen=True, slots=True)
class BehindTag:
    """A tag that some repositories lock to other content than it has now.

    `current` is its digest, and `None` if it is no longer served. `digests` are the
    others that it is locked to.
    """

    reference: str
    current: str | None
    digests: tuple[LockedDigest, ...]


@dataclass(frozen=True, slots=True)
class BehindResult:
    """The tags that have moved, by their names.

    `asked` is the number of tags, and `failures` are those that no registry answered
    for. `unreadable` is the number of repositories and lockfiles that could not be read.
    """

    tags: tuple[BehindTag, ...]
    asked: int
    failures: Mapping[Reference, RegistryError] = field(default_factory=dict)
    unreadable: int = 0

    def repositories(self) -> dict[str, list[str]]:
        """Return the references that each repository is to update, by its name."""
        images: dict[str, list[str]] = {}
        for tag in self.tags:
            for locked in tag.digests if tag.current else ():
                for repository in locked.repositories:
                    images.setdefault(repository, []).append(tag.reference)
        return {name: list(dict.fromkeys(images[name])) for name in sorted(images)}


def behind(
    database: Path,
    images: Sequence[str],
    config: Config,
    console: Console,
    timeout: float | None = DEFAULT_TIMEOUT,
    answers: Answers | None = None,
) -> BehindResult:
    """Return the tags of *database* whose content is not what is locked any more.

    Each tag is asked for once, however many repositories lock it, at the registries as
    *config* reaches them. *images* are names and patterns; all tags if there are none.
    *timeout* is in seconds, for the whole run; `None` asks nobody. What *answers* have
    is not asked for.

    Raises:
        UsageError: the database cannot be used.
        InvalidReferenceError: one of *images* is neither a pattern nor a reference.
    """
    matches = references_filter(images)
    with open_for_reading(database) as connection:
        locked = dict(locked_tags(connection, matches))
        unreadable = count_unreadable(connection)
    references = [Reference.parse(name) for name in locked]
    with (
        lazy_registry(config, console, timeout, answers=answers) as registry,
        console.progress("Asking registries", len(references)) as advance,
    ):
        registry.expect(references)
        results = map_concurrently(
            references, registry.digest, advance, registry_of=attrgetter("registry")
        )
    return BehindResult(
        tags=tuple(_moved(results, locked)),
        asked=len(references),
        failures={
            reference: answer
            for reference, answer in results.items()
            if _is_failure(answer)
        },
        unreadable=unreadable,
    )


def _is_failure(answer: Digest | RegistryError) -> TypeGuard[RegistryError]:
    is_gone = isinstance(answer, NotFoundError)
    return isinstance(answer, RegistryError) and not is_gone


def _moved(
    answers: Mapping[Reference, Digest | RegistryError],
    locked: Mapping[str, tuple[LockedDigest, ...]],
) -> Iterator[BehindTag]:
    for reference, answer in answers.items():
        if _is_failure(answer):
            continue
        current = None if isinstance(answer, NotFoundError) else str(answer)
        others = [each for each in locked[str(reference)] if each.digest != current]
        if others:
            yield BehindTag(str(reference), current, tuple(others))
