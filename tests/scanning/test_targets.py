"""What is scanned of an image, and why something is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, OCI_MANIFEST, Image
from imagelock.scanning.targets import distinct_targets, locked_platforms
from tests.commands.test_history import AMD64, ARM64, image

IMAGE = image("nginx:1.27", "a")


def test_each_manifest_is_scanned_once() -> None:
    other = replace(IMAGE, reference=image("nginx:1", "x").reference)
    entries = [*locked_platforms(IMAGE), *locked_platforms(other)]

    assert len(entries) == 4
    assert [target.platform for target in distinct_targets(entries)] in (
        [AMD64, ARM64],
        [ARM64, AMD64],
    )


@pytest.mark.parametrize(
    ("locked", "problem"),
    [
        (replace(IMAGE, media_type="", platforms=()), "its platforms are not known"),
        (
            replace(IMAGE, media_type=OCI_INDEX, platforms=()),
            "none of the declared platforms is locked",
        ),
    ],
)
def test_an_index_without_platforms_is_not_scanned_and_says_why(
    locked: Image, problem: str
) -> None:
    [entry] = locked_platforms(locked)

    assert (entry.target, entry.problem, entry.is_artifact) == (None, problem, False)
    assert entry.hint


def test_an_artifact_has_nothing_to_scan() -> None:
    chart = replace(
        IMAGE, media_type=OCI_MANIFEST, platforms=(), digest=Digest.of(b"chart")
    )
    [entry] = locked_platforms(chart)

    assert entry.is_artifact
    assert not entry.problem
