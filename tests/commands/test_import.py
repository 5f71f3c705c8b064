"""`import`: digests of other tools are imported without asking a registry."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.errors import UnreadableFileError
from imagelock.importers import IMPORTERS
from imagelock.model.source_text import Text
from tests.support.locked import digest_of, save

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

NGINX: Final = str(digest_of("nginx:1.27"))
REDIS: Final = str(digest_of("redis:7"))
COMPOSE: Final = """\
services:
  web: {image: nginx:1.27}
  cache: {image: redis:7}
"""
DOCKER_LOCK: Final = {
    "dockerfiles": {
        "Dockerfile": [{"name": "busybox", "tag": "1", "digest": "0" * 64}]
    },
    "composefiles": {
        "compose.yaml": [
            {"name": "nginx", "tag": "1.27", "digest": NGINX[7:], "service": "web"},
            {"name": "redis", "tag": "7", "digest": REDIS[7:], "service": "cache"},
        ]
    },
}
IMGPIN: Final = {
    "entries": {
        "nginx:1.27": {"ref": f"nginx@{NGINX}", "digest": NGINX},
        "redis:7": {"ref": f"redis@{REDIS}", "digest": REDIS},
    }
}
IMAGES_LOCK: Final = f"""\
---
apiVersion: imgpkg.carvel.dev/v1alpha1
kind: ImagesLock
images:
- image: index.docker.io/library/nginx@{NGINX}
  annotations:
    kbld.carvel.dev/id: nginx:1.27
- image: index.docker.io/library/redis@{REDIS}
"""
OVERRIDE: Final = f"""\
services:
  web:
    image: docker.io/library/nginx:1.27@{NGINX}
  cache:
    image: docker.io/library/redis@{REDIS}
"""


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text(COMPOSE)
    return project


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("docker-lock.json", json.dumps(DOCKER_LOCK)),
        ("imgpin.lock", json.dumps(IMGPIN)),
        (".imgpkg/images.yml", IMAGES_LOCK),
        ("images/pinned.yaml", OVERRIDE),
    ],
)
def test_the_digests_of_every_tool_come_along(
    shop: Path, imagelock: Run, name: str, content: str
) -> None:
    (shop / name).parent.mkdir(exist_ok=True)
    (shop / name).write_text(content)

    result = imagelock("import", name)
    assert result.exit_code == 0, result
    (shop / name).unlink()
    listed = json.loads(imagelock("export", "json").out)["images"]
    assert {image["reference"]: image["digest"] for image in listed} == {
        "docker.io/library/nginx:1.27": NGINX,
        "docker.io/library/redis:7": REDIS,
    }
    assert imagelock("verify", "--offline").exit_code == 0


def test_what_is_said(shop: Path, imagelock: Run, snapshot: SnapshotAssertion) -> None:
    save(shop, "redis:7")
    lock = shop / "images.lock"
    lock.write_text(lock.read_text().replace(REDIS, "sha256:" + "1" * 64))
    (shop / "docker-lock.json").write_text(json.dumps(DOCKER_LOCK))

    assert str(imagelock("import", "docker-lock.json", "-v")) == snapshot
    assert str(imagelock("import", "docker-lock.json", "--overwrite")) == snapshot
    assert str(imagelock("import", "docker-lock.json")) == snapshot
    assert lock.read_text() == snapshot


def test_lock_completes_what_was_imported(
    project: Path, address: str, imagelock: Run
) -> None:
    host = address.removeprefix("http://")
    name = f"{host}/library/nginx:1.27"
    (project / "compose.yaml").write_text(f"services: {{a: {{image: {name}}}}}\n")
    imagelock("lock")
    complete = (project / "images.lock").read_text()
    digest = json.loads(imagelock("export", "json").out)["images"][0]["digest"]
    (project / "images.lock").unlink()
    (project / "imgpin.lock").write_text(
        json.dumps({"entries": {name: {"digest": digest}}})
    )

    imagelock("import", "imgpin.lock")
    assert "media-type" not in (project / "images.lock").read_text()
    assert imagelock("lock", "--check").exit_code == 1
    assert imagelock("verify").exit_code == 0
    assert imagelock("lock").exit_code == 0
    assert (project / "images.lock").read_text() == complete


def test_an_image_whose_tag_is_not_known_is_not_guessed(
    shop: Path, imagelock: Run
) -> None:
    (shop / "other.compose.yaml").write_text("services: {b: {image: redis:6}}\n")
    (shop / "images.yml").write_text(IMAGES_LOCK)

    result = imagelock("import", "images.yml")
    assert result.exit_code == 1
    assert "several tags" in result.err
    assert "redis" not in (shop / "images.lock").read_text()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("docker-lock.json", '{"dockerfiles": ', "not JSON"),
        (
            "docker-lock.json",
            '{"dockerfiles": {"a": [{}]}}',
            "has no name or no digest",
        ),
        ("imgpin.lock", '{"entries": {"a": {"x": "digest"}}}', "has no digest"),
        ("imgpin.lock", '{"entries": {"a": {"digest": "x"}}}', "not a digest"),
        ("imgpin.lock", '{"entries": {"A B": {"digest": "x"}}}', "not a"),
        ("images.yml", IMAGES_LOCK + "- image: redis\n", "line 9"),
        ("images.yml", IMAGES_LOCK + "x: [\n", "line 9"),
        ("compose.yaml", COMPOSE, "no digest to import"),
    ],
)
def test_a_damaged_file_is_an_error(
    shop: Path, imagelock: Run, name: str, content: str, message: str
) -> None:
    (shop / name).write_text(content)

    result = imagelock("import", name)
    assert result.exit_code == 2
    assert message in result.err
    assert not (shop / "images.lock").exists()


@given(st.text(max_size=200), st.sampled_from(sorted(IMPORTERS)))
def test_no_text_is_too_strange(text: str, origin: str) -> None:
    for value in (text, f'{{"entries": {text}', f"images: [{text}"):
        with suppress(UnreadableFileError):
            assert all(one.digest for one in IMPORTERS[origin].read(Text(value)))
