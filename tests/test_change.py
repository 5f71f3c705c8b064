from __future__ import annotations

from dataclasses import replace

import pytest

from imagelock.change import ChangeKind, compare
from imagelock.digest import Digest
from imagelock.image import OCI_MANIFEST, Image, PlatformManifest

from .test_lockfile import AMD64, ARM64, image

OLD = image("nginx:1", "monday")
OTHER = Digest.of(b"other")


def with_arm64(one: Image, digest: Digest) -> Image:
    return replace(
        one, platforms=(one.platforms[0], PlatformManifest(ARM64, digest)), digest=OTHER
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
