"""Find images whose base has moved since they were built: `outdated --bases`."""

from __future__ import annotations

import re
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from imagelock.commands.resolve import map_concurrently
from imagelock.commands.selection import select
from imagelock.dataclass import dataclass
from imagelock.errors import NotFoundError, RegistryError, UsageError
from imagelock.lockfile.model import Lockfile
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.registry.connect import open_registry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_content import ContentRegistry
    from imagelock.model.base_image import BaseImage
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles

_PUBLIC: Final = re.compile(
    r"(?:[a-z0-9-]+\.)+(?!local$|localhost$|internal$)[a-z]{2,}"
)
"""A host name of the internet, without a port; not an address."""


class BaseState(StrEnum):
    """How the base of an image compares with what its tag has now."""

    CURRENT = "current"
    MOVED = "moved"
    GONE = "gone"
    SCRATCH = "scratch"
    UNKNOWN = "unknown"


STALE: Final = frozenset({BaseState.MOVED, BaseState.GONE})
"""The states after which an image should be built again."""


@dataclass(frozen=True, slots=True)
class BuiltOn:
    """The base of the image *reference* on some of its *platforms*."""

    reference: Reference
    platforms: tuple[Platform, ...]
    base: BaseImage


@dataclass(frozen=True, slots=True)
class BaseStatus:
    """A base, compared with the registry.

    `now` is the digest that its tag has. `reason` says why it is unknown.
    """

    built_on: BuiltOn
    state: BaseState
    now: Digest | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OutdatedBases:
    """The bases of each image, and what could not be asked for: images, and bases."""

    statuses: tuple[BaseStatus, ...]
    failures: Mapping[Reference, RegistryError]


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether *base*, with the digest of the build, is what its tag has now."""

    base: Reference
    platforms: tuple[Platform, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    state: BaseState
    now: Digest | None = None


def outdated_bases(
    project: ProjectFiles,
    images: Sequence[str],
    console: Console,
    timeout: float = DEFAULT_TIMEOUT,
) -> OutdatedBases:
    """Return the bases of the locked images, and whether they have moved since.

    *images* are patterns; all locked images if there are none. *timeout* is in
    seconds, for the whole run.

    Raises:
        ImagelockError: a pattern matches no locked image, or there is none.
    """
    lockfile = project.healed_lockfile() or Lockfile()
    if not lockfile.images:
        raise UsageError("no image is locked", hint="run `imagelock lock`")
    chosen = sorted(select(images, lockfile.images), key=str)
    known = frozenset(key.registry for key in lockfile.images)
    with (
        open_registry(project.config, console, timeout, trusted=known) as registry,
        console.progress("Asking registries", len(chosen)) as advance,
    ):
        found = map_concurrently(
            chosen,
            lambda key: bases_of(lockfile.images[key], registry, project.platforms),
            advance,
            registry_of=attrgetter("registry"),
        )
        bases = [b for each in found.values() if isinstance(each, list) for b in each]
        questions = [q for each in bases if (q := _question(each, known))]
        answers = map_concurrently(
            questions,
            lambda question: _compare(question, registry),
            registry_of=attrgetter("base.registry"),
        )
    failures = {k: e for k, e in found.items() if isinstance(e, RegistryError)}
    failures |= {
        question.base.key: error
        for question, error in answers.items()
        if isinstance(error, RegistryError)
    }
    return OutdatedBases(tuple(_status(b, known, answers) for b in bases), failures)


def bases_of(
    image: Image, registry: ContentRegistry, platforms: Sequence[Platform]
) -> list[BuiltOn]:
    """Return the distinct bases of *image*; *platforms* are those of the project.

    Raises:
        RegistryError: the documents of the image cannot be fetched.
    """
    if image.reference.scheme:
        return []
    if not image.is_complete:
        image = registry.image(image.reference, image.digest, platforms)
    content = registry.content(image)
    by_base: dict[BaseImage, list[Platform]] = {}
    for manifest in content.manifests:
        by_base.setdefault(content.base(manifest), []).append(manifest.platform)
    return [
        BuiltOn(image.reference, tuple(platforms), base)
        for base, platforms in by_base.items()
    ]


def not_asked_reason(base: Reference, known: Collection[str]) -> str | None:
    """Return why no registry is asked for *base*, if none is.

    Its name is the word of whoever published the image: only hosts of the internet
    are asked, and the registries in *known*, which the project itself uses.
    """
    if base.registry in known or _PUBLIC.fullmatch(base.registry):
        return None
    return f"`{base.registry}` is asked only if an image of the project is from there"


def _unknown_reason(built_on: BuiltOn, known: Collection[str]) -> str | None:
    base = built_on.base
    if base.reference is None:
        return base.unknown_reason
    if base.reference.digest is None:
        return "its digest at the time of the build is not stated"
    if base.reference.tag is None:
        return "only its digest is stated, which cannot move"
    return not_asked_reason(base.reference, known)


def _question(built_on: BuiltOn, known: Collection[str]) -> _Question | None:
    base = built_on.base.reference
    if base is None or _unknown_reason(built_on, known):
        return None
    return _Question(base, built_on.platforms)


def _compare(question: _Question, registry: ContentRegistry) -> _Answer:
    """Return whether the content moved: not if only the index is another one."""
    key = question.base.key
    try:
        now = registry.digest(key)
    except NotFoundError:
        return _Answer(BaseState.GONE)
    if now == question.base.digest:
        return _Answer(BaseState.CURRENT, now)
    current = registry.image(key, now, question.platforms)
    try:
        old = registry.image(key, question.base.digest, question.platforms)
    except NotFoundError:
        return _Answer(BaseState.MOVED, now)
    before, after = set(_digests(old)), set(_digests(current))
    is_same = bool(before) and before <= after
    return _Answer(BaseState.CURRENT if is_same else BaseState.MOVED, now)


def _digests(image: Image) -> Iterator[Digest]:
    """Yield the digests of the manifests, which an image without an index is itself."""
    yield from (manifest.digest for manifest in image.platforms)
    if not image.is_index:
        yield image.digest


def _status(
    built_on: BuiltOn,
    known: Collection[str],
    answers: Mapping[_Question, _Answer | RegistryError],
) -> BaseStatus:
    if built_on.base.is_scratch:
        return BaseStatus(built_on, BaseState.SCRATCH)
    question = _question(built_on, known)
    if question is None:
        reason = _unknown_reason(built_on, known)
        return BaseStatus(built_on, BaseState.UNKNOWN, reason=reason)
    answer = answers[question]
    if isinstance(answer, RegistryError):
        reason = "its registry could not be asked"
        return BaseStatus(built_on, BaseState.UNKNOWN, reason=reason)
    return BaseStatus(built_on, answer.state, answer.now)
