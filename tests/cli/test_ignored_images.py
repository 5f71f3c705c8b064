"""Images that comments and settings exclude, through the command line."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_commands import masked
from tests.conftest import AMD64, ARM64, Run
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry

COMPOSE = """\
services:
  web:
    image: nginx:1.27 # imagelock: ignore[drift]
  again:
    image: nginx:${TAG:-1.27}
  cache:
    # imagelock: ignore
    image: redis:7
"""


@pytest.fixture
def shop(project: Path, address: str) -> Path:
    (project / "compose.yaml").write_text(COMPOSE)
    configure(project, address)
    return project


def locked(project: Path) -> dict[str, Any]:
    data = tomllib.loads((project / "images.lock").read_text())
    return {entry["reference"]: entry for entry in data.get("image", [])}


def move(hub: MemoryRegistry, salt: str) -> None:
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts=salt)


def findings(run: Run, *arguments: str) -> list[tuple[str, str, str, int]]:
    output = json.loads(run("verify", "--format", "json", *arguments).out)
    return [
        (f["rule"], f["severity"], f["file"], f["line"]) for f in output["findings"]
    ]


def test_what_a_comment_ignores_is_not_locked(shop: Path, imagelock: Run) -> None:
    assert imagelock("lock").exit_code == 0

    assert list(locked(shop)) == ["docker.io/library/nginx:1.27"]
    assert findings(imagelock) == []


def test_drift_is_told_of_a_place_that_does_not_ignore_it(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    move(hub, "tuesday")

    assert findings(imagelock) == [("drift", "error", "compose.yaml", 5)]
    (shop / "compose.yaml").write_text(
        COMPOSE.replace("-1.27}", "-1.27} # imagelock: ignore[drift]")
    )
    assert findings(imagelock) == []


def test_settings_ignore_images_and_rules_in_files(
    shop: Path, hub: MemoryRegistry, address: str, imagelock: Run
) -> None:
    imagelock("lock")
    move(hub, "tuesday")
    configure(shop, address, '[ignore-paths]\n"compose.*" = ["drift"]\n')
    assert findings(imagelock) == []
    configure(shop, address, '[ignore-paths]\n"other.*" = ["drift"]\n')
    assert findings(imagelock) == [("drift", "error", "compose.yaml", 5)]

    configure(shop, address, "[images.nginx]\nignore = true\n")

    before = locked(shop)
    assert findings(imagelock, "--offline") == [
        ("nothing-found", "error", "images.lock", 1)
    ]
    assert imagelock("lock").exit_code == 1
    assert locked(shop) == before

    (shop / "Dockerfile").write_text("FROM redis:7\n")
    assert imagelock("lock").exit_code == 0
    assert list(locked(shop)) == ["docker.io/library/redis:7"]


def test_a_held_image_is_not_moved_and_drift_can_be_allowed(
    shop: Path, hub: MemoryRegistry, address: str, imagelock: Run
) -> None:
    imagelock("lock")
    before = locked(shop)
    move(hub, "tuesday")
    configure(shop, address, '[images."nginx:1.*"]\nhold = true\nallow-drift = true\n')

    for arguments in ((), ("nginx",)):
        result = imagelock("update", *arguments)
        assert (result.exit_code, locked(shop)) == (0, before)
        assert "held: `nginx:1.27` keeps its locked digest" in result.err
    assert findings(imagelock) == [("drift", "note", "compose.yaml", 5)]
    configure(shop, address)
    imagelock("update")
    assert locked(shop) != before


def test_an_image_has_its_own_platforms(
    shop: Path, hub: MemoryRegistry, address: str, imagelock: Run
) -> None:
    def platforms() -> list[str]:
        (entry,) = locked(shop).values()
        return [platform["name"] for platform in entry["platforms"]]

    imagelock("lock")
    assert platforms() == ["linux/amd64", "linux/arm64/v8"]

    configure(shop, address, '[images.nginx]\nplatforms = ["linux/amd64"]\n')
    imagelock("lock")
    assert platforms() == ["linux/amd64"]
    assert findings(imagelock) == []

    configure(shop, address, '[images.nginx]\nplatforms = ["linux/arm64"]\n')
    assert findings(imagelock) == [("platform-missing", "error", "compose.yaml", 3)]
    imagelock("lock")
    assert platforms() == ["linux/arm64/v8"]
    assert findings(imagelock) == []

    # What its own platforms left out, `update` asks for again.
    configure(shop, address)
    imagelock("update")
    assert platforms() == ["linux/amd64", "linux/arm64/v8"]


def test_problems_with_comments_and_characters_are_warnings(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (shop / "compose.yaml").write_text(
        "# note\u2028x-y: 1\nservices:\n  a:\n    image: nginx:1.27 # imagelock: ignore[drfit]\n"
    )

    locking = imagelock("lock")

    assert locking.exit_code == 0
    assert masked(locking.err) == snapshot(name="lock")
    assert masked(imagelock("verify")) == snapshot(name="verify")
    assert imagelock("verify", "--fail-on", "warning").exit_code == 1


def test_list_explains_an_image(
    shop: Path, address: str, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    (shop / ".env").write_text("# ours\nTAG=1.27\n")
    configure(shop, address, "[images.nginx]\nhold = true\n")

    assert str(imagelock("list")) == snapshot(name="all")
    assert str(imagelock("list", "nginx", "redis:*")) == snapshot(name="text")
    assert imagelock("list", "nginx", "--format", "json").out == snapshot(name="json")
    for wrong in ("mysql", "no/such/", "NO"):
        assert str(imagelock("list", wrong)) == snapshot(name=wrong)


def test_a_file_is_not_taken_for_an_image(shop: Path, imagelock: Run) -> None:
    (shop / "nginx").mkdir()
    imagelock("lock")

    assert imagelock("list", "nginx").out == ""
    assert "used at compose.yaml:3:12" in imagelock("list", "nginx:1.27").out
