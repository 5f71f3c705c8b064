"""Artifacts that are no container images: `list` shows them behind the images."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.commands.list import ReferenceStatus
from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.reader import read
from imagelock.lockfile.writer import write
from imagelock.model.artifact_kind import artifact_kind
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_MANIFEST, Image
from imagelock.model.occurrence import Occurrence, Place
from imagelock.model.reference import Reference
from imagelock.model.span import FILE_START
from imagelock.report.as_json.images import image_object
from imagelock.report.listing import format_references
from imagelock.report.style import Style

CHART = "application/vnd.cncf.helm.config.v1+json"
DIGEST = Digest.parse(f"sha256:{'a' * 64}")


def image(name: str, artifact_type: str | None) -> Image:
    reference = Reference.parse(name)
    return Image(
        reference=reference,
        digest=DIGEST,
        media_type=OCI_MANIFEST,
        artifact_type=artifact_type,
    )


def row(path: str, name: str, artifact_type: str | None) -> ReferenceStatus:
    place = Place(
        path=PurePosixPath(path), span=FILE_START, text=name, format="x", uses=("a",)
    )
    found = Occurrence(place=place, reference=Reference.parse(name))
    return ReferenceStatus(found, image(name, artifact_type))


def test_they_are_behind_the_images_and_say_what_they_are() -> None:
    rows = [
        row("Chart.yaml", "ghcr.io/acme/chart:1.0.0", CHART),
        row("compose.yaml", "redis:7", None),
        row("compose.yaml", "acme/strange:1", "application/vnd.acme"),
    ]

    text = format_references(rows, style=Style(), internal=False)

    before, heading, behind = text.partition("Artifacts that are no container images")
    assert heading
    assert "redis:7" in before
    assert "chart:1.0.0" not in before
    assert "sha256:aaaaaaaaaaaa  chart" in behind
    assert "  application/vnd.acme" in behind


def test_images_alone_have_no_heading() -> None:
    text = format_references(
        [row("compose.yaml", "redis:7", None)], style=Style(), internal=False
    )

    assert text.startswith("compose.yaml\n")
    assert "Artifacts" not in text


@pytest.mark.parametrize("artifact_type", [None, CHART, 'text/"x'])
def test_the_lockfile_keeps_what_it_is(artifact_type: str | None) -> None:
    locked = image("ghcr.io/acme/chart:1", artifact_type)
    text = write(Lockfile(images={locked.reference: locked}))

    assert read(text).images == {locked.reference: locked}
    assert ("artifact-type" in text) is (artifact_type is not None)
    assert (image_object(locked) or {})["artifact_type"] == artifact_type


@pytest.mark.parametrize(
    ("artifact_type", "kind"),
    [
        (CHART, "chart"),
        ("application/vnd.devcontainers", "dev container feature"),
        ("application/vnd.wasm.config.v0+json", "WASM module"),
        ("application/vnd.acme", "application/vnd.acme"),
    ],
)
def test_the_names_of_kinds(artifact_type: str, kind: str) -> None:
    assert artifact_kind(artifact_type) == kind
