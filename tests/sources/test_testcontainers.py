"""`testcontainers.properties`: which images Testcontainers would take."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context

PATH = PurePosixPath("src/test/resources/testcontainers.properties")


def read(text: str) -> list[str]:
    """Return the reference of each image, or why there is none."""
    source = SOURCES["testcontainers"]
    context = Context(read=lambda _: None, platforms=())
    return [
        str(found.reference) if isinstance(found, Occurrence) else found.reason.slug
        for found in source.find(PATH, Text.decode(text.encode()), context)
    ]


@pytest.mark.parametrize(
    ("prefix", "name", "expected"),
    [
        ("registry.acme.example/", "alpine:3", "registry.acme.example/alpine:3"),
        ("registry.acme.example/all/", "a/b:1", "registry.acme.example/all/a/b:1"),
        ("localhost\\:5000/", "a/b:1", "localhost:5000/a/b:1"),
        # It is put before the name as it is, and only a `/` makes it a folder.
        ("mirror-", "alpine:3", "docker.io/library/mirror-alpine:3"),
        ("registry.acme.example/", "quay.io/a/b:1", "quay.io/a/b:1"),
        ("registry.acme.example/", "docker.io/a/b:1", "docker.io/a/b:1"),
        ("registry.acme.example/", "localhost/a:1", "local"),
        ("registry.acme.example/", "localhost:5000/a:1", "localhost:5000/a:1"),
        ("", "alpine:3", "docker.io/library/alpine:3"),
        ("${mirror}/", "alpine:3", "needs-base"),
        ("${mirror}/", "quay.io/a/b:1", "quay.io/a/b:1"),
        ("@mirror@/", "alpine:3", "needs-base"),
        ("\\uXX", "alpine:3", "needs-base"),
    ],
)
def test_the_prefix_is_for_images_without_a_registry(
    prefix: str, name: str, expected: str
) -> None:
    image = f"ryuk.container.image={name}\n"
    setting = f"hub.image.name.prefix = {prefix}\n"

    assert read(image + setting) == read(setting + image) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ryuk.container.image=a:1\nryuk.container.image=b:1", ["duplicate-key"]),
        ("ryuk.container.image=@ryuk.image@", ["variable"]),
        ("ryuk.container.image=a\\u00", ["unparseable"]),
        ("ryuk.container.image=a:1 # why", ["invalid"]),
        ("ryuk.container.image=", []),
        ("ryuk.container.image", []),
        ("ryuk.container.privileged=true\nryuk.container.timeout=30", []),
        ("!ryuk.container.image=a:1\n#ryuk.container.image=a:1", []),
    ],
)
def test_what_is_no_image(text: str, expected: list[str]) -> None:
    assert [
        each for each in read(text) if not each.startswith("docker.io/")
    ] == expected


def test_the_last_of_two_counts() -> None:
    twice = "kafka.container.image=a:1\nkafka.container.image=b:1\n"

    assert read(twice) == ["duplicate-key", "docker.io/library/b:1"]


def test_no_digest_is_written_where_testcontainers_takes_none() -> None:
    text = Text.decode(b"ryuk.container.image=testcontainers/ryuk:0.3.3\n")
    context = Context(read=lambda _: None, platforms=())
    (found,) = SOURCES["testcontainers"].find(PATH, text, context)

    assert isinstance(found, Occurrence)
    assert "either a tag or a digest" in (found.unpinnable_reason or "")
