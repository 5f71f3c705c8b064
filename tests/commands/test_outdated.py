"""`imagelock outdated`, through the real command line and over real connections."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.commands.outdated import TagQuery, compare_tags
from imagelock.demo import answers
from imagelock.demo.server import serve
from imagelock.errors import NotFoundError
from imagelock.model.digest import Digest
from imagelock.model.newer_tags import NewerTags, TagStatus
from imagelock.model.reference import Reference
from tests.conftest import AMD64, ARM64, Run
from tests.support.changed_answers import ChangedAnswers
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.answers import Answer
    from imagelock.demo.registry import MemoryRegistry
    from tests.support.changed_answers import Exchange

COMPOSE = """\
services:
  web: {image: "nginx:1.25.0-alpine3.22"}
  cache: {image: "redis:7.2.1"}
  app: {image: "ghcr.io/acme/app:v1.30.2-k3s1"}
  tool: {image: "busybox:latest"}
  once: {image: "alpine@sha256:%s"}
"""
TAGS = {
    "library/nginx": "1.25.0-alpine3.22 1.27.0-alpine3.23 1.27.0 latest",
    "library/redis": "7.2.1 7.2.10 7.2.9 7.4.0 8.0.0-rc1 8.0.0 8 latest",
    "acme/app": "v1.30.2-k3s1 v1.30.2-k3s2 v1.31.0-k3s1 1.99.0-k3s1",
    "library/busybox": "latest",
    "library/alpine": "3",
}


class Unlisted(ChangedAnswers):
    """A registry that lists no tags, as static files do."""

    def change(self, exchange: Exchange) -> Answer:
        return answers.no_page() if "/tags/" in exchange.target else exchange.answer


@pytest.fixture
def shop(project: Path, address: str, hub: MemoryRegistry) -> Path:
    """A project whose lock is made, and then the world goes on."""
    for repository, tags in TAGS.items():
        for tag in tags.split():
            hub.push_image(repository, tag, [AMD64, ARM64], salts=repository + tag)
    digest = hub.push_image("library/alpine", "3", [AMD64, ARM64])
    (project / "compose.yaml").write_text(COMPOSE % digest.encoded)
    configure(project, address)
    return project


def images(imagelock: Run, *arguments: str) -> dict[str, Any]:
    result = imagelock("outdated", "--format", "json", *arguments)
    document = json.loads(result.out)
    assert document["version"] == 1
    return {image["reference"]: image for image in document["images"]}


def test_newer_tags_and_moved_digests(
    shop: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    before = (shop / "images.lock").read_bytes()
    hub.push_image("library/busybox", "latest", [AMD64, ARM64], salts="moved")
    hub.log.clear()

    assert str(imagelock("outdated")) == snapshot(name="text")
    fetched = [line for line in hub.log if line.startswith("GET ")]
    assert [line for line in fetched if "/tags/list" not in line] == []
    assert str(imagelock("outdated", "-v", "--color", "always")) == snapshot(name="all")
    assert str(imagelock("outdated", "--format", "json")) == snapshot(name="json")
    assert (shop / "images.lock").read_bytes() == before


def test_each_repository_is_listed_once_and_only_for_versions(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    compose = (shop / "compose.yaml").read_text()
    (shop / "compose.yaml").write_text(f'{compose}  b: {{image: "redis:7.4.0"}}\n')
    hub.log.clear()
    imagelock("outdated")

    listed = sorted(line.split("?")[0] for line in hub.log if "tags/list" in line)
    assert listed == [
        "GET /v2/acme/app/tags/list",
        "GET /v2/library/nginx/tags/list",
        "GET /v2/library/redis/tags/list",
    ]


def test_images_can_be_chosen(shop: Path, imagelock: Run) -> None:
    assert list(images(imagelock, "redis")) == ["docker.io/library/redis:7.2.1"]
    assert imagelock("outdated", "nothing").exit_code == 2


def test_without_a_lock_nothing_is_known_to_have_moved(
    shop: Path, imagelock: Run
) -> None:
    found = images(imagelock)["docker.io/library/redis:7.2.1"]

    assert found == {
        "reference": "docker.io/library/redis:7.2.1",
        "tag": "7.2.1",
        "patch": "7.2.10",
        "minor": "7.4.0",
        "major": "8.0.0",
        "digest_moved": None,
    }


def test_a_pattern_of_the_project_reads_its_tags(
    shop: Path, address: str, imagelock: Run
) -> None:
    pattern = r"v(?<version>[\d.]+)-k3s(?<build>\d+)"
    more = f"[images.\"ghcr.io/acme/*\"]\ntag-pattern = '{pattern}'\n"
    configure(shop, address, more)

    found = images(imagelock)["ghcr.io/acme/app:v1.30.2-k3s1"]
    assert (found["patch"], found["minor"]) == ("v1.30.2-k3s2", "v1.31.0-k3s1")


def test_a_tag_that_looks_newer_is_named(
    project: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    for tag in ("1.40.0-ls209", "1.40.0-ls210", "jammy-20240111", "jammy-20240212"):
        hub.push_image("acme/app", tag, [AMD64, ARM64], salts=tag)
    (project / "compose.yaml").write_text(
        "services:\n"
        "  plex: {image: 'ghcr.io/acme/app:1.40.0-ls209'}\n"
        "  base: {image: 'ghcr.io/acme/app:jammy-20240111'}\n"
    )
    configure(project, address)

    out = imagelock("outdated").out

    app = "hint: ghcr.io/acme/app"
    why = "looks newer: set `tag-pattern` to compare such tags"
    assert f"{app}:1.40.0-ls209: `1.40.0-ls210` {why}\n" in out
    assert f"{app}:jammy-20240111: `jammy-20240212` {why}\n" in out
    assert "2 of 2 images have updates\n" in out


def test_a_bad_pattern_is_an_error_of_the_settings(
    shop: Path, address: str, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    configure(shop, address, "[images.redis]\ntag-pattern = '(?<version>(a+)+)'\n")
    assert str(imagelock("outdated")) == snapshot(name="slow")
    configure(shop, address, "[images.redis]\ntag-patern = 'x'\n")
    assert str(imagelock("outdated")) == snapshot(name="key")
    configure(shop, address, "[images.Redis]\ntag-pattern = '(?<version>.+)'\n")
    assert str(imagelock("outdated")) == snapshot(name="image")


def test_nothing_newer(
    project: Path, address: str, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    configure(project, address)
    (project / "Dockerfile").write_text("FROM redis:7\n")
    imagelock("lock")

    assert str(imagelock("outdated")) == snapshot


def test_a_tag_that_is_gone_and_one_that_cannot_be_served(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    hub.delete("library/redis", "7.2.1")

    result = imagelock("outdated", "redis")
    assert result.exit_code == 0
    assert "hint: redis:7.2.1: the tag is no longer served" in result.out
    assert (
        images(imagelock, "redis")["docker.io/library/redis:7.2.1"]["minor"] == "7.4.0"
    )


@pytest.mark.parametrize("is_missing", [False, True])
def test_images_without_a_list_of_tags(
    project: Path, imagelock: Run, *, is_missing: bool
) -> None:
    registry = Unlisted()
    if not is_missing:
        for tag in "12":
            registry.push_image("team/app", tag, [AMD64], salts=tag)
    with serve(registry) as url:
        host = url.removeprefix("http://")
        lines = [f"  s{tag}: {{image: '{host}/team/app:{tag}'}}\n" for tag in "12"]
        (project / "compose.yaml").write_text("services:\n" + "".join(lines))

        result = imagelock("outdated")

    assert result.exit_code == 3, result
    for number in (1, 2):
        image = f"`{host}/team/app:{number}`"
        assert (f"does not have {image}" in result.err) == is_missing
        unlisted = f"cannot look for newer tags than {image}: `{host}` does not list"
        assert (unlisted in result.err) != is_missing


class UnlistedForMost(ChangedAnswers):
    """A registry that lets nobody list the tags of what it serves."""

    def change(self, exchange: Exchange) -> Answer:
        is_list = "/tags/" in exchange.target
        denied = answers.error(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "no list")
        return denied if is_list else exchange.answer


def test_a_list_that_is_denied_is_no_image_that_is_denied(
    project: Path, imagelock: Run
) -> None:
    registry = UnlistedForMost()
    registry.push_image("team/app", "1", [AMD64])
    with serve(registry) as url:
        image = f"{url.removeprefix('http://')}/team/app:1"
        (project / "compose.yaml").write_text(
            f"services: {{a: {{image: '{image}'}}}}\n"
        )

        result = imagelock("outdated")

    assert result.exit_code == 3, result
    assert f"cannot look for newer tags than `{image}`" in result.err
    assert "denies access to the list of tags of this repository" in result.err
    assert "log in" not in result.err
    assert "docker login" not in result.err


def test_what_cannot_be_asked_is_not_current(
    shop: Path, imagelock: Run, hub: MemoryRegistry
) -> None:
    compose = (shop / "compose.yaml").read_text()
    (shop / "compose.yaml").write_text(f'{compose}  b: {{image: "acme/none:1.0"}}\n')

    result = imagelock("outdated", "--format", "json")
    document = json.loads(result.out)

    assert result.exit_code == 3
    assert "acme/none:1.0" in result.err
    assert [failure["reference"] for failure in document["failures"]] == [
        "docker.io/acme/none:1.0"
    ]
    assert len(document["images"]) == 5
    assert imagelock("outdated", "acme/none").out == ""


class Published:
    """A registry of one repository: tags and what they stand for."""

    def __init__(self, **tags: str | None) -> None:
        self.served = tags

    def tags(self, reference: Reference) -> Sequence[str]:
        assert reference.name
        return [f"1.{name[1:]}" for name in self.served]

    def digest(self, reference: Reference) -> Digest:
        assert reference.tag
        content = self.served[f"_{reference.tag[2:]}"]
        if content is None:
            raise NotFoundError(str(reference))
        return Digest.of(content.encode())


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ({"_0": "a", "_1": "b"}, NewerTags(minor="1.1")),
        ({"_0": "a", "_1": "b", "_2": "locked"}, NewerTags()),
        ({"_0": "a", "_1": "b", "_2": "a"}, NewerTags()),
        ({"_0": "a", "_1": "b", "_2": None}, NewerTags(minor="1.1")),
        ({"_0": "a", "_1": "b", "_2": None, "_3": None, "_4": None}, NewerTags()),
        ({"_0": None, "_1": "b"}, NewerTags(minor="1.1")),
    ],
)
def test_only_other_content_that_is_served_is_newer(
    published: dict[str, str | None], expected: NewerTags
) -> None:
    key = Reference.parse("x:1.0")
    query = TagQuery(key, Digest.of(b"locked"))
    steps: list[None] = []

    answers = compare_tags([query], Published(**published), lambda: steps.append(None))

    standing = answers[key]
    assert isinstance(standing, TagStatus)
    assert standing.newest == expected
    assert standing.digest_moved is (None if published["_0"] is None else True)
    assert len(steps) == 1
