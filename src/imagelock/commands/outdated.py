"""Find newer tags, and digests that moved: `outdated`."""

from __future__ import annotations

from operator import attrgetter
from threading import Lock

from imagelock.commands.hidden_values import hide_values
from imagelock.commands.resolve import map_concurrently
from imagelock.commands.selection import required_digests, select
from imagelock.dataclass import dataclass, replace
from imagelock.errors import AccessDeniedError, NotFoundError, RegistryError
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol
from imagelock.lockfile.model import Lockfile
from imagelock.model.newer_tags import (
    NewerTags,
    TagStatus,
    candidates,
)
from imagelock.model.tag_hints import explain_jump, explain_no_upgrade, is_numbered
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.registry.connect import open_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.model.tag_pattern import TagPattern
    from imagelock.project.project_files import ProjectFiles

_TRIED: Final = 3
"""How many tags of a level are asked for, until one is served."""

_GONE: Final = "the tag is no longer served"


class TagRegistry(Protocol):
    """The questions about tags. Both methods raise `RegistryError`."""

    def digest(self, reference: Reference) -> Digest:
        """Return the digest that *reference* resolves to; `NotFoundError` if none."""
        ...

    def tags(self, reference: Reference) -> Sequence[str]:
        """Return every tag in the repository of *reference*."""
        ...


@dataclass(frozen=True, slots=True)
class TagQuery:
    """A key, the digest that is locked or written for it, and its tag pattern."""

    key: Reference
    locked: Digest | None
    pattern: TagPattern | None = None

    @property
    def has_version(self) -> bool:
        """Whether newer tags are looked for: not those of `latest`."""
        tag = self.key.tag
        return tag is not None and bool(self.pattern or is_numbered(tag))


@dataclass(frozen=True, slots=True)
class OutdatedResult:
    """The status of each image, and the images that no registry answered for."""

    statuses: tuple[TagStatus, ...]
    failures: Mapping[Reference, RegistryError]


def outdated(
    project: ProjectFiles,
    images: Sequence[str],
    console: Console,
    timeout: float = DEFAULT_TIMEOUT,
) -> OutdatedResult:
    """Return newer tags and moved digests of the project's images.

    *images* are patterns; all images if there are none. *timeout* is in seconds, for
    the whole run.

    Raises:
        ImagelockError: a pattern matches no image of the project.
    """
    queries = tag_queries(project, images)
    with (
        open_registry(project.config, console, timeout) as registry,
        console.progress("Asking registries", len(queries)) as advance,
    ):
        answers = compare_tags(queries, registry, advance)
    failures = {k: e for k, e in answers.items() if isinstance(e, RegistryError)}
    if failures:
        locked = (project.healed_lockfile() or Lockfile()).images
        failures = hide_values(failures, project.found(), locked)
    return OutdatedResult(
        tuple(status for status in answers.values() if isinstance(status, TagStatus)),
        failures,
    )


def tag_queries(project: ProjectFiles, images: Sequence[str]) -> list[TagQuery]:
    """Return the queries for the images of *project* that match *images*, sorted."""
    lockfile = project.healed_lockfile() or Lockfile()
    digests = required_digests(project.found(), lockfile.pins)
    queries = []
    for key in sorted(select(images, digests), key=str):
        image = lockfile.images.get(key)
        locked = digests[key] or (image.digest if image else None)
        pattern = project.image_rules.tag_pattern(key)
        queries.append(TagQuery(key, locked, pattern))
    return queries


def compare_tags(
    queries: Sequence[TagQuery], registry: TagRegistry, advance: Callable[[], None]
) -> dict[Reference, TagStatus | RegistryError]:
    """Return the status of each image, or the error that replaces it.

    One list of tags a repository, and a digest for each tag that is of interest.
    *advance* is called once for each query.
    """
    lists = _TagLists(queries, registry)
    answers = map_concurrently(
        queries,
        lambda query: _status(query, lists, registry),
        advance,
        registry_of=attrgetter("key.registry"),
    )
    return {query.key: answer for query, answer in answers.items()}


class _TagLists:
    """The tags of each repository in which newer ones are looked for; thread-safe.

    Each is requested once, by the first image that needs it: a repository that does
    not answer delays its own images only.
    """

    def __init__(self, queries: Sequence[TagQuery], registry: TagRegistry) -> None:
        self._registry = registry
        self._keys = {
            query.key.name: query.key for query in queries if query.has_version
        }
        self._locks = {name: Lock() for name in self._keys}
        self._answers: dict[str, Sequence[str] | RegistryError] = {}

    def get(self, name: str) -> Sequence[str]:
        """Return the tags of the repository *name*; none if they are not needed.

        Raises:
            RegistryError: the registry cannot be asked, or could not be before.
        """
        if name not in self._keys:
            return ()
        with self._locks[name]:
            if name not in self._answers:
                self._answers[name] = self._request(self._keys[name])
        answer = self._answers[name]
        if isinstance(answer, RegistryError):
            raise answer
        return answer

    def _request(self, key: Reference) -> Sequence[str] | RegistryError:
        try:
            return self._registry.tags(key)
        except RegistryError as error:
            return error


def _status(query: TagQuery, lists: _TagLists, registry: TagRegistry) -> TagStatus:
    key = query.key
    if key.tag is None:
        return TagStatus(reference=key, newest=NewerTags(), digest_moved=None)
    available = _available(key, lists, registry)
    try:
        now = registry.digest(key)
    except NotFoundError:
        now = None
    found = candidates(key.tag, available, query.pattern)
    served = {
        level: _served(tags, query, now, registry) for level, tags in found.items()
    }
    hint = explain_no_upgrade(key.tag, available, query.pattern) if now else _GONE
    if not (hint or found or query.pattern):
        hint = explain_jump(key.tag, available)
    return TagStatus(
        reference=key,
        newest=NewerTags(**served),
        digest_moved=now != query.locked if now and query.locked else None,
        hint=hint,
    )


def _available(
    key: Reference, lists: _TagLists, registry: TagRegistry
) -> Sequence[str]:
    """Return the tags of the repository of *key*.

    Raises:
        RegistryError: they are not listed. If the image is not there either, the error
            says that: servers of static files have images without a list, and some
            registries let fewer people list tags than pull.
    """
    try:
        return lists.get(key.name)
    except (AccessDeniedError, NotFoundError) as error:
        registry.digest(key)
        is_denied = isinstance(error, AccessDeniedError)
        does = "denies access to the list of" if is_denied else "does not list the"
        what = f"`{key.registry}` {does} tags of this repository"
        message = f"cannot look for newer tags than `{key.familiar}`: {what}"
        hint = "`imagelock update` and `verify` do not need the list"
        raise RegistryError(message, hint=hint) from error


def _served(
    tags: Sequence[str], query: TagQuery, now: Digest | None, registry: TagRegistry
) -> str | None:
    """Return the newest of the sorted *tags* that is served with other content.

    A tag of the digest that is locked, or that the image's own tag has now, is only
    another name for it; and so are the tags behind it.
    """
    for tag in tags[:_TRIED]:
        try:
            digest = registry.digest(replace(query.key, tag=tag))
        except NotFoundError:
            continue
        return None if digest in {query.locked, now} else tag
    return None
