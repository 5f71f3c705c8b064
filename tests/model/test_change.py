from __future__ import annotations

from dataclasses import replace

import pytest

from imagelock.commands.lock import differences
from imagelock.lockfile.model import Lockfile
from imagelock.model.change import ChangeKind, compare, with_rollbacks
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_MANIFEST, Image, PlatformManifest
from tests.lockfile.test_lockfile import AMD64, ARM64, image

OLD = image("nginx:1", "monday")
OTHER = Digest.of(b"other")


def with_arm64(image: Image, digest: Digest) -> Image:
    return replace(
        image,
        platforms=(image.platforms[0], PlatformManifest(ARM64, digest)),
        digest=OTHER,
    )


@pytest.mark.parametrize(
    ("old", "new", "kind", "platforms"),
    [
        (None, OLD, ChangeKind.ADDED, [AMD64, ARM64]),
        (OLD, None, ChangeKind.REMOVED, [AMD64, ARM64]),
        (OLD, image("nginx:1", "tuesday"), ChangeKind.CONTENT, [AMD64, ARM64]),
        (OLD, with_arm64(OLD, OTHER), ChangeKind.CONTENT, [ARM64]),
        (OLD, replace(OLD, digest=OTHER), ChangeKind.INDEX_ONLY, []),
        (
            OLD,
            replace(OLD, digest=OTHER, platforms=OLD.platforms[:1]),
            ChangeKind.CONTENT,
            [ARM64],
        ),
        (
            replace(OLD, platforms=OLD.platforms[:1]),
            replace(OLD, digest=OTHER),
            ChangeKind.INDEX_ONLY,
            [ARM64],
        ),
        (
            OLD,
            replace(OLD, digest=OTHER, media_type=OCI_MANIFEST),
            ChangeKind.KIND_CHANGED,
            [],
        ),
        (OLD, replace(OLD, release="2"), ChangeKind.DETAILS, []),
        (
            replace(OLD, platforms=()),
            replace(OLD, platforms=(), digest=OTHER),
            ChangeKind.CONTENT,
            [],
        ),
    ],
)
def test_a_change_says_what_it_means(
    old: Image | None, new: Image | None, kind: ChangeKind, platforms: list[object]
) -> None:
    change = compare(old, new)

    assert change is not None
    assert change.kind is kind
    assert [p.platform for p in change.platforms] == platforms


def test_nothing_changed_is_no_change() -> None:
    assert compare(OLD, replace(OLD)) is None
    assert compare(None, None) is None


def locked(*images: Image) -> Lockfile:
    return Lockfile(images={image.reference: image for image in images})


def kinds(old: Lockfile, new: Lockfile) -> list[tuple[str, str]]:
    return [
        (change.reference.familiar, change.kind.value)
        for change in differences(old, new)
    ]


def test_another_tag_of_a_repository_is_one_change() -> None:
    before, after = image("nginx:1", "monday"), image("nginx:2", "tuesday")

    [change] = differences(locked(before), locked(after))

    assert change.kind is ChangeKind.TAG_BUMPED
    assert (change.old, change.new) == (before, after)
    assert change.reference == after.reference
    assert [p.platform for p in change.platforms] == [AMD64, ARM64]


def test_a_guess_is_not_made_which_tag_became_which() -> None:
    first, second = image("nginx:1", "a"), image("nginx:2", "b")
    third, other = image("nginx:3", "c"), image("redis:1", "d")

    assert kinds(locked(first), locked(second, third)) == [
        ("nginx:1", "removed"),
        ("nginx:2", "added"),
        ("nginx:3", "added"),
    ]
    assert kinds(locked(first), locked(other)) == [
        ("nginx:1", "removed"),
        ("redis:1", "added"),
    ]
    assert kinds(locked(first, second), locked(first, third, other)) == [
        ("nginx:3", "tag-bumped"),
        ("redis:1", "added"),
    ]


def test_content_that_was_there_before_is_a_rollback() -> None:
    new = image("nginx:1", "tuesday")
    changes = differences(locked(OLD), locked(new))

    [back] = with_rollbacks(changes, {new.reference: {new.digest}})
    [forth] = with_rollbacks(changes, {new.reference: {OTHER}})

    assert back.kind is ChangeKind.ROLLBACK
    assert forth.kind is ChangeKind.CONTENT
