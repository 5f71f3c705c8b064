"""Repositories whose locked tags have moved since: `fleet behind`."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, TypeGuard

from imagelock.commands.resolve import map_concurrently
from imagelock.commands.update_tags import UpdateTargets
from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import NotFoundError, RegistryError
from imagelock.fleet.database.connection import count_unreadable, open_for_reading
from imagelock.fleet.image_filter import references_filter
from imagelock.fleet.locked_tags import locked_tags
from imagelock.fleet.update_jobs import left_for_later
from imagelock.model.reference import Reference
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.registry.connect import lazy_registry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
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
    `left` are the repositories that are behind, and that a later run updates.
    """

    tags: tuple[BehindTag, ...]
    asked: int
    failures: Mapping[Reference, RegistryError] = field(default_factory=dict)
    unreadable: int = 0
    left: tuple[str, ...] = ()

    def repositories(self) -> dict[str, list[str]]:
        """Return the references that each repository is to update, by its name."""
        images: dict[str, list[str]] = {}
        for tag in self.tags:
            for locked in tag.digests if tag.current else ():
                for repository in locked.repositories:
                    images.setdefault(repository, []).append(tag.reference)
        return {name: list(dict.fromkeys(images[name])) for name in sorted(images)}

    def repositories_to_update(self) -> list[str]:
        """Return the names of the repositories that are updated now, sorted."""
        left = {*self.left}
        return [name for name in self.repositories() if name not in left]

    def limited(self, limit: int | None, opened: Collection[str] = ()) -> BehindResult:
        """Return the result with no more repositories to update, as `left_for_later` says."""
        return replace(self, left=left_for_later(self.repositories(), limit, opened))


def behind(  # noqa: PLR0913 - as many as the command has options
    database: Path,
    images: Sequence[str],
    config: Config,
    console: Console,
    timeout: float | None = DEFAULT_TIMEOUT,
    answers: Answers | None = None,
    *,
    group: str | None = None,
) -> BehindResult:
    """Return the tags of *database* whose content is not what is locked any more.

    Each tag is asked for once, however many repositories lock it, at the registries as
    *config* reaches them. *images* are names and patterns; all tags if there are none.
    *timeout* is in seconds, for the whole run; `None` asks nobody. What *answers* have
    is not asked for. With *group*, only tags of this `[[update.group]]` of *config* count.

    Raises:
        UsageError: the database cannot be used, or there is no such group.
        InvalidReferenceError: one of *images* is neither a pattern nor a reference.
    """
    matches = references_filter(images)
    with open_for_reading(database) as connection:
        locked = dict(locked_tags(connection, matches))
        unreadable = count_unreadable(connection)
    references = [Reference.parse(name) for name in locked]
    if group is not None:
        targets = UpdateTargets().in_group(group, config.update)
        members = targets.chosen(dict.fromkeys(references))
        references = [key for key in references if key in members]
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
