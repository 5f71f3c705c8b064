"""Compare a lockfile with the registries: moved tags, and content that is gone."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from imagelock.commands.out_of_time import out_of_time, split_late
from imagelock.commands.resolve import map_concurrently
from imagelock.dataclass import dataclass, replace
from imagelock.errors import NotFoundError, RegistryError
from imagelock.lockfile.model import LOCKFILE
from imagelock.model.change import ChangeKind, compare
from imagelock.model.finding import Finding, Rule
from imagelock.model.span import FILE_START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imagelock.commands.resolve import Registry
    from imagelock.model.change import Change, PlatformChange
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Place
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import MirrorUse
    from imagelock.registry.answers.model import AnswersUse


@dataclass(frozen=True, slots=True)
class RegistryFindings:
    """The findings, the images that could not be checked, and who answered.

    `answers` are those in files, if there are such files.
    """

    findings: tuple[Finding, ...] = ()
    unchecked: frozenset[Reference] = frozenset()
    mirrors: tuple[MirrorUse, ...] = ()
    answers: AnswersUse | None = None


@dataclass(frozen=True, slots=True)
class LockedImage:
    """A locked image, the places that use it (at least one), and whether it is pinned.

    A reference that is written with its digest cannot move: its tag is only a label.
    `platforms` are those of the image, if they are not those of the project.
    """

    image: Image
    places: Sequence[Place]
    pinned: bool
    platforms: Sequence[Platform] | None = None


def compare_registries(
    images: Sequence[LockedImage],
    registry: Registry,
    platforms: Sequence[Platform],
    advance: Callable[[], None],
    *,
    deep: bool,
) -> RegistryFindings:
    """Return the findings where the registries do not agree with *images*.

    A tag that still stands for the locked index shows that the index is served. With
    *deep*, the manifests for its platforms are asked for as well.
    A registry that does not answer gives `could-not-check`: neither clean nor drift.
    """
    by_key: Mapping[Reference, LockedImage] = {
        locked.image.reference: locked for locked in images
    }
    answers = map_concurrently(
        by_key,
        lambda key: _until_failure(_check(by_key[key], registry, platforms, deep=deep)),
        advance,
        registry_of=attrgetter("registry"),
    )
    failures = {
        key: failure
        for key, answer in answers.items()
        if (failure := answer if isinstance(answer, RegistryError) else answer[1])
    }
    findings = [f for a in answers.values() if isinstance(a, tuple) for f in a[0]]
    findings += failure_findings(failures, by_key)
    return RegistryFindings(tuple(findings), frozenset(failures))


def _until_failure(
    findings: Iterator[Finding],
) -> tuple[list[Finding], RegistryError | None]:
    """Return *findings*, and the error that ended them: what was found before is known."""
    known: list[Finding] = []
    try:
        known.extend(findings)
    except RegistryError as error:
        return known, error
    return known, None


def failure_findings(
    failures: Mapping[Reference, RegistryError],
    images: Mapping[Reference, LockedImage],
) -> Iterator[Finding]:
    """Yield the findings for *failures*, of *images* that could not be checked."""
    late, others = split_late(failures)
    for key, error in others.items():
        yield _could_not_check(images[key], error)
    if late:
        yield _out_of_time(out_of_time(late.values(), len(images)))


def _check(
    locked: LockedImage,
    registry: Registry,
    platforms: Sequence[Platform],
    *,
    deep: bool,
) -> Iterator[Finding]:
    image = locked.image
    if locked.pinned:
        yield from _health(locked, registry, index_is_served=False)
        return
    try:
        digest = registry.digest(image.reference)
    except NotFoundError as error:
        # What may be meant instead is added later: see `suggest`.
        yield _finding(locked, Rule.TAG_GONE, str(error), error.hint)
        yield from _health(locked, registry, index_is_served=False)
        return
    is_current = digest == image.digest
    if not is_current:
        own = platforms if locked.platforms is None else locked.platforms
        new = registry.image(image.reference, digest, own)
        if (change := compare(image, new)) is not None:
            for finding in _moved(locked, change):
                yield replace(finding, moved_to=digest)
    if deep or not is_current:
        yield from _health(locked, registry, index_is_served=is_current)


def _health(
    locked: LockedImage, registry: Registry, *, index_is_served: bool
) -> Iterator[Finding]:
    """Yield findings for locked content that is gone: the index, or a manifest.

    Some registries drop content that no tag points to, and an index can still be
    served when its children are not.
    """
    image = locked.image
    name = image.reference.key.familiar
    hint = "run `imagelock update` to move to content that is served"
    if not index_is_served and not registry.serves(image.reference, image.digest):
        digest = image.digest.abbreviated
        message = f"`{name}` is locked to {digest}, which is no longer served"
        yield _finding(locked, Rule.DIGEST_GONE, message, hint)
        return
    if not image.is_index:
        return
    for manifest in image.platforms:
        if not registry.serves(image.reference, manifest.digest):
            message = f"`{name}`: the manifest for {manifest.platform} is not served"
            yield _finding(locked, Rule.DIGEST_GONE, message, hint)


def _moved(locked: LockedImage, change: Change) -> Iterator[Finding]:
    name = change.reference.familiar
    hint = (
        "`imagelock update --dry-run` shows what changed, `imagelock update` takes it"
    )
    if change.kind is ChangeKind.KIND_CHANGED and change.new is not None:
        became = "an index" if change.new.is_index else "a single manifest"
        yield _finding(locked, Rule.KIND_CHANGED, f"`{name}` became {became}", hint)
    if change.kind is ChangeKind.INDEX_ONLY or not (
        change.platforms or change.kind is ChangeKind.CONTENT
    ):
        message = f"`{name}`: only its index changed, not what the platforms get"
        hint = "nothing that runs changes; `imagelock update --index` takes it"
        yield _finding(locked, Rule.INDEX_DRIFT, message, hint)
        return
    moved = ", ".join(_platform(platform) for platform in change.platforms)
    message = f"`{name}` now stands for other content: {moved or _digests(change)}"
    yield _finding(locked, Rule.DRIFT, message, hint)


def _platform(change: PlatformChange) -> str:
    if change.new is None:
        return f"{change.platform} is gone"
    if change.old is None:
        return f"{change.platform} is new"
    return f"{change.platform} moved from {change.old.short} to {change.new.short}"


def _digests(change: Change) -> str:
    old = change.old.digest.short if change.old else "nothing"
    new = change.new.digest.short if change.new else "nothing"
    return f"from {old} to {new}"


def _could_not_check(locked: LockedImage, error: RegistryError) -> Finding:
    finding = _finding(locked, Rule.COULD_NOT_CHECK, str(error), error.hint)
    return replace(finding, cause=error.cause)


def _out_of_time(message: str) -> Finding:
    """Return the finding that the time was too short; it is not about one image."""
    return Finding(
        rule=Rule.COULD_NOT_CHECK,
        severity=Rule.COULD_NOT_CHECK.severity,
        message=message,
        path=LOCKFILE,
        span=FILE_START,
        hint="give it more seconds with `--timeout`",
    )


def _finding(
    locked: LockedImage, rule: Rule, message: str, hint: str | None
) -> Finding:
    return Finding.of_image(locked.image.reference, locked.places, rule, message, hint)
