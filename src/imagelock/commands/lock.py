"""Make the lockfile agree with the files: the work behind `lock` and `update`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imagelock.commands.resolve import ask
from imagelock.errors import RegistryError
from imagelock.lockfile.model import Lockfile
from imagelock.model.change import ChangeKind, compare, with_bumps

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
    """What to lock: the keys with the digests that files write, and how.

    `refresh` are the keys whose tag is asked for again. `keep_others` keeps the
    entries that nobody wants, because not every file was read. Without `accept_index_changes`
    an entry stays where only its index moved and its platforms get what they got.
    `own` are the platforms of images for which they are not those of the project.
    """

    wanted: Mapping[Reference, Digest | None]
    platforms: tuple[Platform, ...]
    refresh: frozenset[Reference] = frozenset()
    keep_others: bool = False
    accept_index_changes: bool = True
    own: Mapping[Reference, tuple[Platform, ...]] = field(default_factory=dict)

    def platforms_of(self, key: Reference) -> tuple[Platform, ...]:
        """Return the platforms for which the image is locked."""
        return self.own.get(key, self.platforms)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockResult:
    """The new lockfile, how it differs from the old one, and what failed.

    `left` are the changes that were not taken, since only an index moved.
    """

    lockfile: Lockfile
    changes: tuple[Change, ...]
    left: tuple[Change, ...]
    failures: Mapping[Reference, RegistryError]


def lock(
    order: LockRequest, old: Lockfile, registry: Registry, advance: Callable[[], None]
) -> LockResult:
    """Return *old* with the least changes that fulfil *order*.

    What fails keeps its old entry, if it has one, and never stops the others.
    """
    images = {k: i for k, i in old.images.items() if _stays(k, i, order)}
    if _knows_platforms(old, order):
        images = {k: i.narrowed(order.platforms_of(k)) for k, i in images.items()}
    keys = unresolved(order, old)
    answers = ask(keys, lambda key: _image(key, order, old, registry), advance)
    failures = {k: a for k, a in answers.items() if isinstance(a, RegistryError)}
    images |= {key: old.images[key] for key in failures if key in old.images}
    fresh = {k: a for k, a in answers.items() if not isinstance(a, RegistryError)}
    left = {}
    if not order.accept_index_changes and _knows_platforms(old, order):
        left = _left(fresh, images, order, registry)
    images |= {key: image for key, image in fresh.items() if key not in left}
    return LockResult(
        lockfile=Lockfile(
            platforms=_platforms(old, order, images, fresh),
            images=images,
            pins={key: pins for key, pins in old.pins.items() if key in images},
        ),
        changes=differences(old, Lockfile(images=images)),
        left=tuple(left[key] for key in sorted(left, key=str)),
        failures=failures,
    )


def unresolved(order: LockRequest, old: Lockfile) -> list[Reference]:
    """Return the keys of *order* that *old* does not answer: those to ask about."""
    if not _knows_platforms(old, order):
        return list(order.wanted)
    return [key for key in order.wanted if _is_open(key, old, order)]


def differences(old: Lockfile, new: Lockfile) -> tuple[Change, ...]:
    """Return every change from *old* to *new*, sorted by reference.

    A reference that gave way to another tag of its repository is one change.
    """
    keys = sorted({*old.images, *new.images}, key=str)
    changes = (compare(old.images.get(key), new.images.get(key)) for key in keys)
    return with_bumps(change for change in changes if change is not None)


def _stays(key: Reference, image: Image, order: LockRequest) -> bool:
    if key not in order.wanted:
        return order.keep_others
    return order.wanted[key] in {None, image.digest}


def _is_open(key: Reference, old: Lockfile, order: LockRequest) -> bool:
    image = old.images.get(key)
    if image is None or not image.is_complete or not _stays(key, image, order):
        return True
    if key in order.own and _lacks(old.images[key], order.own[key]):
        return True
    return key in order.refresh and order.wanted[key] is None and key.digest is None


def _lacks(image: Image, platforms: tuple[Platform, ...]) -> bool:
    """Tell whether an index is locked without one of *platforms*."""
    has = [manifest.platform for manifest in image.platforms]
    return image.is_index and not all(
        any(platform.covers(one) for one in has) for platform in platforms
    )


def _knows_platforms(old: Lockfile, order: LockRequest) -> bool:
    """Tell whether *old* was made for all the platforms that are declared now."""
    return set(order.platforms) <= set(old.platforms)


def _platforms(
    old: Lockfile,
    order: LockRequest,
    images: Mapping[Reference, Image],
    fresh: Mapping[Reference, Image],
) -> tuple[Platform, ...]:
    """Return the platforms for which every one of *images* is known.

    An old entry that was not asked about says nothing of a newly declared one, so
    the next `lock` has to ask again.
    """
    if _knows_platforms(old, order) or images.keys() <= fresh.keys():
        return order.platforms
    return old.platforms


def _left(
    fresh: Mapping[Reference, Image],
    kept: Mapping[Reference, Image],
    order: LockRequest,
    registry: Registry,
) -> dict[Reference, Change]:
    """Return how those of *fresh* moved from *kept* that are not worth the move.

    Only their index moved: attestations, or platforms that are not declared. The old
    index must still be served, or whoever pulls it by its digest gets nothing. An
    entry whose file writes another digest is not kept, and so never left.
    """
    left = {
        key: change
        for key, image in fresh.items()
        if key in order.refresh
        and (change := compare(kept.get(key), image))
        and change.kind is ChangeKind.INDEX_ONLY
        and not change.platforms
    }
    served = ask(left, lambda key: registry.serves(key, kept[key].digest), lambda: None)
    return {key: left[key] for key, answer in served.items() if answer is not False}


def _image(
    key: Reference, order: LockRequest, old: Lockfile, registry: Registry
) -> Image:
    known = old.images.get(key)
    digest = order.wanted[key] or key.digest
    if digest is None and known is not None and key not in order.refresh:
        digest = known.digest
    if digest is None:
        digest = registry.digest(key)
    platforms = order.platforms_of(key)
    if known is not None and _answers(known, digest, platforms, old, order):
        return known.narrowed(platforms)
    return registry.image(key, digest, platforms)


def _answers(
    known: Image,
    digest: Digest,
    platforms: tuple[Platform, ...],
    old: Lockfile,
    order: LockRequest,
) -> bool:
    """Tell whether *known*, an entry of *old*, says all about *digest*."""
    return (
        known.is_complete
        and known.digest == digest
        and _knows_platforms(old, order)
        # What other settings left out once is asked for again.
        and not _lacks(known, platforms)
    )
