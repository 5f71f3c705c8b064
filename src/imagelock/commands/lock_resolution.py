"""Resolve references into a new lockfile, with as few changes as possible."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from imagelock.commands.diff import compare_lockfiles
from imagelock.commands.resolve import map_concurrently
from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import NotFoundError, RegistryError
from imagelock.lockfile.model import Lockfile
from imagelock.model.change import ChangeKind, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.commands.resolve import Registry
    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequest:
    """The keys to lock, with the digests that files write, and how to lock them.

    `refresh` are the keys whose tag is resolved again. `keep_others` keeps entries
    that no file names, because not every file was read. Without
    `accept_index_changes`, an entry stays if only its index moved and each platform
    gets the same manifest. `own_platforms` are those of images that do not have the
    platforms of the project.
    """

    digests: Mapping[Reference, Digest | None]
    platforms: tuple[Platform, ...]
    refresh: frozenset[Reference] = frozenset()
    keep_others: bool = False
    accept_index_changes: bool = True
    own_platforms: Mapping[Reference, tuple[Platform, ...]] = field(
        default_factory=dict
    )

    def platforms_of(self, key: Reference) -> tuple[Platform, ...]:
        """Return the platforms for which the image is locked."""
        return self.own_platforms.get(key, self.platforms)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockResult:
    """The new lockfile, its changes from the old one, and the failures.

    `index_only_skipped` are changes that were not taken, since only an index moved.
    `asked` is how many images registries were to be asked for.
    """

    lockfile: Lockfile
    changes: tuple[Change, ...]
    index_only_skipped: tuple[Change, ...]
    failures: Mapping[Reference, RegistryError]
    asked: int = 0


def resolve_lock(
    request: LockRequest,
    old: Lockfile,
    registry: Registry,
    on_progress: Callable[[], None],
    save: Callable[[LockResult], None] = lambda _: None,
) -> LockResult:
    """Return *old* with the fewest changes that fulfil *request*.

    A reference that fails keeps its old entry, and never stops the others. *save* gets
    what the result would be so far, now and then and at an interruption; those with
    no answer yet are then failures.
    """
    keys = unresolved(request, old)

    def save_so_far(answers: Mapping[Reference, Image | RegistryError]) -> None:
        unknown = RegistryError("not answered yet")
        known = {key: answers.get(key, unknown) for key in keys}
        save(_result(request, old, known, {}))

    answers = map_concurrently(
        keys,
        lambda key: _resolve(key, request, old, registry),
        on_progress,
        registry_of=attrgetter("registry"),
        save=save_so_far,
    )
    skipped = {}
    if not request.accept_index_changes and _knows_platforms(old, request):
        skipped = _index_only_changes(answers, request, old, registry)
    return _result(request, old, answers, skipped)


def _result(
    request: LockRequest,
    old: Lockfile,
    answers: Mapping[Reference, Image | RegistryError],
    skipped: Mapping[Reference, Change],
) -> LockResult:
    images = _kept(request, old)
    failures = {k: a for k, a in answers.items() if isinstance(a, RegistryError)}
    images |= {key: old.images[key] for key in failures if key in old.images}
    fresh = {k: a for k, a in answers.items() if not isinstance(a, RegistryError)}
    images |= {key: image for key, image in fresh.items() if key not in skipped}
    return LockResult(
        lockfile=Lockfile(
            platforms=_platforms(old, request, images, fresh),
            images=images,
            pins={key: pins for key, pins in old.pins.items() if key in images},
        ),
        changes=compare_lockfiles(old, Lockfile(images=images)),
        index_only_skipped=tuple(skipped[key] for key in sorted(skipped, key=str)),
        failures=failures,
        asked=len(answers),
    )


def _kept(request: LockRequest, old: Lockfile) -> dict[Reference, Image]:
    """Return the entries of *old* that stay, unless a new answer replaces them."""
    images = {k: i for k, i in old.images.items() if _stays(k, i, request)}
    if _knows_platforms(old, request):
        return {k: i.narrowed(request.platforms_of(k)) for k, i in images.items()}
    return images


def unresolved(request: LockRequest, old: Lockfile) -> list[Reference]:
    """Return the keys of *request* that *old* does not answer."""
    if not _knows_platforms(old, request):
        return list(request.digests)
    return [key for key in request.digests if _is_unresolved(key, old, request)]


def _stays(key: Reference, image: Image, request: LockRequest) -> bool:
    if key not in request.digests:
        return request.keep_others
    required = request.digests[key]
    return required is None or required == image.digest


def _is_unresolved(key: Reference, old: Lockfile, request: LockRequest) -> bool:
    image = old.images.get(key)
    if image is None or not image.is_complete or not _stays(key, image, request):
        return True
    if key in request.own_platforms and _lacks(
        old.images[key], request.own_platforms[key]
    ):
        return True
    return (
        key in request.refresh and request.digests[key] is None and key.digest is None
    )


def _lacks(image: Image, platforms: tuple[Platform, ...]) -> bool:
    """Return whether an index is locked without one of *platforms*."""
    locked = [manifest.platform for manifest in image.platforms]
    return image.is_index and not all(
        any(platform.covers(other) for other in locked) for platform in platforms
    )


def _knows_platforms(old: Lockfile, request: LockRequest) -> bool:
    """Return whether *old* was made for all the platforms that are declared now."""
    return set(request.platforms) <= set(old.platforms)


def _platforms(
    old: Lockfile,
    request: LockRequest,
    images: Mapping[Reference, Image],
    fresh: Mapping[Reference, Image],
) -> tuple[Platform, ...]:
    """Return the platforms for which every one of *images* is known.

    An old entry that was not resolved again does not know a newly declared platform,
    so the next `lock` has to ask again.
    """
    if _knows_platforms(old, request) or images.keys() <= fresh.keys():
        return request.platforms
    return old.platforms


def _index_only_changes(
    answers: Mapping[Reference, Image | RegistryError],
    request: LockRequest,
    old: Lockfile,
    registry: Registry,
) -> dict[Reference, Change]:
    """Return the *answers* in which only the index moved, as changes from *old*.

    Attestations changed, or platforms that are not declared. The old index must still
    be served, or a pull by its digest would fail. An entry whose file writes another
    digest does not stay in any case, and so is never skipped.
    """
    kept = _kept(request, old)
    skipped = {
        key: change
        for key, image in answers.items()
        if key in request.refresh
        and not isinstance(image, RegistryError)
        and (change := compare(kept.get(key), image))
        and change.kind is ChangeKind.INDEX_ONLY
        and not change.platforms
    }
    served = map_concurrently(
        skipped,
        lambda key: registry.serves(key, kept[key].digest),
        registry_of=attrgetter("registry"),
    )
    return {key: skipped[key] for key, answer in served.items() if answer is not False}


def _resolve(
    key: Reference, request: LockRequest, old: Lockfile, registry: Registry
) -> Image:
    entry = old.images.get(key)
    digest = request.digests[key] or key.digest
    if digest is None and entry is not None and key not in request.refresh:
        digest = entry.digest
    if digest is None and entry is None:
        return registry.image(key, None, request.platforms_of(key))
    if digest is None:
        digest = registry.digest(key)
        return _image_at_tag(key, digest, request, old, registry)
    return _image(key, digest, request, old, registry)


def _image_at_tag(
    key: Reference,
    digest: Digest,
    request: LockRequest,
    old: Lockfile,
    registry: Registry,
) -> Image:
    """Return the image at *digest*, which the registry just gave for the tag."""
    try:
        return _image(key, digest, request, old, registry)
    except NotFoundError as error:
        # The tag exists, so the file is right: the registry contradicts itself.
        hint = "try again later; if it lasts, push the image again"
        raise RegistryError(str(error), hint=hint) from error


def _image(
    key: Reference,
    digest: Digest,
    request: LockRequest,
    old: Lockfile,
    registry: Registry,
) -> Image:
    entry = old.images.get(key)
    platforms = request.platforms_of(key)
    if entry is not None and _answers(entry, digest, platforms, old, request):
        return entry.narrowed(platforms)
    image = registry.image(key, digest, platforms)
    is_same = entry is not None and entry.digest == image.digest
    return replace(image, signer=entry.signer) if entry and is_same else image


def _answers(
    entry: Image,
    digest: Digest,
    platforms: tuple[Platform, ...],
    old: Lockfile,
    request: LockRequest,
) -> bool:
    """Return whether *entry* of *old* has everything about *digest*."""
    return (
        entry.is_complete
        and entry.digest == digest
        and _knows_platforms(old, request)
        # A platform that other settings left out is looked up now.
        and not _lacks(entry, platforms)
    )
