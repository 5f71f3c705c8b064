"""Compare what is locked with what is published: the work behind `outdated`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from imagelock.commands.resolve import ask
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.newer_tags import (
    NewerTags,
    TagStatus,
    candidates,
    explain_no_upgrade,
)
from imagelock.model.tag_version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.model.tag_pattern import TagPattern

_TRIED: Final = 3
"""How many tags of a level are asked for, until one is served."""

_GONE: Final = "the tag is no longer served"


class Registry(Protocol):
    """What this asks of registries. Both methods raise `RegistryError`."""

    def digest(self, reference: Reference) -> Digest:
        """Return what *reference* stands for right now; `NotFoundError` if nothing."""
        ...

    def tags(self, reference: Reference) -> Sequence[str]:
        """Return every tag in the repository of *reference*."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, the digest that is locked or written for it, and its tag pattern."""

    key: Reference
    locked: Digest | None
    pattern: TagPattern | None = None

    @property
    def has_version(self) -> bool:
        """Whether newer tags are looked for: not those of `latest`."""
        tag = self.key.tag
        return tag is not None and bool(self.pattern or Version.parse(tag))


def outdated(
    entries: Sequence[Entry], registry: Registry, advance: Callable[[], None]
) -> dict[Reference, TagStatus | RegistryError]:
    """Return how each image stands, or the error that stands in its place.

    One list of tags a repository, and a digest for each tag that is of interest.
    *advance* is called once for each of `questions`.
    """
    names = {entry.key.name: entry.key for entry in entries if entry.has_version}
    lists = ask(names.values(), registry.tags, advance)
    tags = {key.name: answer for key, answer in lists.items()}
    answers = ask(entries, lambda entry: _standing(entry, tags, registry), advance)
    return {entry.key: answer for entry, answer in answers.items()}


def questions(entries: Sequence[Entry]) -> int:
    """Return how many steps `outdated` takes for *entries*."""
    names = {entry.key.name for entry in entries if entry.has_version}
    return len(names) + len(entries)


def _standing(
    entry: Entry,
    tags: Mapping[str, Sequence[str] | RegistryError],
    registry: Registry,
) -> TagStatus:
    key = entry.key
    if key.tag is None:
        return TagStatus(reference=key, newest=NewerTags(), digest_moved=None)
    available = tags.get(key.name, ())
    if isinstance(available, RegistryError):
        raise available
    try:
        now = registry.digest(key)
    except NotFoundError:
        now = None
    found = candidates(key.tag, available, entry.pattern)
    served = {
        level: _served(tags, entry, now, registry) for level, tags in found.items()
    }
    return TagStatus(
        reference=key,
        newest=NewerTags(**served),
        digest_moved=now != entry.locked if now and entry.locked else None,
        hint=explain_no_upgrade(key.tag, available, entry.pattern) if now else _GONE,
    )


def _served(
    tags: Sequence[str], entry: Entry, now: Digest | None, registry: Registry
) -> str | None:
    """Return the newest of *tags*, sorted, that is served and is other content.

    A tag that stands for what *entry* is locked to, or stands for now, is another
    name for it and nothing newer; nor is what comes after it.
    """
    for tag in tags[:_TRIED]:
        try:
            digest = registry.digest(replace(entry.key, tag=tag))
        except NotFoundError:
            continue
        return None if digest in {entry.locked, now} else tag
    return None
