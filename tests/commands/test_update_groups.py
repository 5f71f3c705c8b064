"""`update --group`, through the real command line, and its settings."""

from __future__ import annotations

import functools
import json
import operator
import tomllib
from typing import TYPE_CHECKING

import pytest

from imagelock import Project
from imagelock.errors import UsageError
from tests.conftest import AMD64, ARM64, Run
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry

IMAGES = {
    "library/nginx": "1.27",
    "library/redis": "7",
    "acme/api": "v1",
    "acme/db": "v1",
}
GROUPS = """
[[update.group]]
name = "acme"
images = ["acme/*", "!acme/db"]

[[update.group]]
name = "data"
images = ["redis", "acme/db"]
"""


@pytest.fixture
def shop(project: Path, address: str, hub: MemoryRegistry, imagelock: Run) -> Path:
    services = "".join(
        f"  s{number}: {{image: '{name.removeprefix('library/')}:{tag}'}}\n"
        for number, (name, tag) in enumerate(IMAGES.items())
    )
    (project / "compose.yaml").write_text(f"services:\n{services}")
    configure(project, address)
    settings = project / "imagelock.toml"
    settings.write_text(settings.read_text() + GROUPS)
    push(hub, "first")
    assert imagelock("lock").exit_code == 0
    push(hub, "second")
    return project


def push(hub: MemoryRegistry, salt: str) -> None:
    for name, tag in IMAGES.items():
        hub.push_image(name, tag, [AMD64, ARM64], salts=f"{name} {salt}")


def moved(text: str) -> list[str]:
    changes = json.loads(text)["changes"]
    return [change["reference"].removeprefix("docker.io/") for change in changes]


@pytest.mark.parametrize(
    ("group", "images"),
    [
        ("acme", ["acme/api:v1"]),
        ("data", ["acme/db:v1", "library/redis:7"]),
        ("others", ["library/nginx:1.27"]),
    ],
)
def test_only_the_images_of_the_group_move(
    shop: Path, imagelock: Run, group: str, images: list[str]
) -> None:
    result = imagelock("update", "--group", group, "--format", "json")

    assert (result.exit_code, moved(result.out)) == (0, images)
    assert len(tomllib.loads((shop / "images.lock").read_text())["image"]) == 4
    again = imagelock("update", "--group", group, "--format", "json")
    assert moved(again.out) == []


def test_every_image_is_in_a_single_group(shop: Path, imagelock: Run) -> None:
    groups = ("acme", "data", "others")
    parts = [
        moved(imagelock("update", "--group", name, "--format", "json").out)
        for name in groups
    ]

    assert sorted(functools.reduce(operator.iadd, parts, [])) == sorted(
        f"{name}:{tag}" for name, tag in IMAGES.items()
    )
    assert moved(imagelock("update", "--format", "json").out) == []


def test_without_a_group_all_images_move(shop: Path, imagelock: Run) -> None:
    assert len(moved(imagelock("update", "--format", "json").out)) == 4


def test_the_last_group_that_matches_counts(shop: Path, imagelock: Run) -> None:
    settings = shop / "imagelock.toml"
    last = '[[update.group]]\nname = "api"\nimages = ["acme/api:v1"]\n'
    settings.write_text(settings.read_text() + last)

    acme = imagelock("update", "--group", "acme", "--format", "json")
    api = imagelock("update", "--group", "api", "--format", "json")

    assert (moved(acme.out), moved(api.out)) == ([], ["acme/api:v1"])


def test_newer_tags_are_those_of_the_group(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    hub.push_image("library/nginx", "1.28", [AMD64, ARM64], salts="newer")
    hub.push_image("library/redis", "8", [AMD64, ARM64], salts="newer")

    result = imagelock("update", "--group", "data", "--bump", "major")

    assert result.exit_code == 0, result.err
    text = (shop / "compose.yaml").read_text()
    assert "redis:8" in text
    assert "nginx:1.27" in text


def test_a_group_in_all_projects(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    member = shop / "service"
    member.mkdir()
    (member / "compose.yaml").write_text(
        "services: {a: {image: 'acme/api:v1'}, b: {image: nginx:1.27}}"
    )
    base = (shop / "imagelock.toml").read_text().replace(GROUPS, "")
    (member / "imagelock.toml").write_text(base)
    assert imagelock("lock", "--all").exit_code == 0
    push(hub, "third")

    result = imagelock("update", "--all", "--group", "acme", "--format", "json")

    assert moved(result.out) == ["acme/api:v1", "acme/api:v1"]


@pytest.mark.parametrize(
    "arguments",
    [("--group", "acne"), ("--group", "xyz"), ("--group", "acme", "nginx")],
    ids=" ".join,
)
def test_a_wrong_group_is_an_error(
    shop: Path, imagelock: Run, arguments: tuple[str, ...], snapshot: SnapshotAssertion
) -> None:
    assert imagelock("update", *arguments) == snapshot


def test_programs_update_a_group(shop: Path) -> None:
    project = Project.open(shop)

    run = project.update(group="data", write=False)

    assert len(run.result.changes) == 2
    with pytest.raises(UsageError, match="already says"):
        project.update("nginx", group="data")


@pytest.mark.parametrize(
    "settings",
    [
        'title = "update images"',
        'title = "{changes}\\n"',
        'labels = ["a,b"]',
        'reviewers = [""]',
        "limit = 0",
        "groups = []",
        'group = [{images = ["x"]}]',
        'group = [{name = "x"}]',
        'group = [{name = "x", images = []}]',
        'group = [{name = "Acme Inc", images = ["x"]}]',
        'group = [{name = "others", images = ["x"]}]',
        'group = [{name = "x", images = ["!UPPER"]}]',
        'group = [{name = "x", images = ["a"]}, {name = "x", images = ["b"]}]',
        'group = [{name = "x", images = ["a"], bump = "minor"}]',
    ],
)
def test_wrong_settings_are_explained(
    project: Path, imagelock: Run, settings: str, snapshot: SnapshotAssertion
) -> None:
    (project / "imagelock.toml").write_text(f"[update]\n{settings}\n")

    assert imagelock("list") == snapshot


def test_own_groups_come_after_those_of_the_base_and_replace_their_names(
    project: Path, imagelock: Run
) -> None:
    (project / "base.toml").write_text(f'[update]\nlabels = ["images"]\n{GROUPS}')
    (project / "imagelock.toml").write_text(
        'extends = "base.toml"\n[update]\nlimit = 2\n'
        '[[update.group]]\nname = "acme"\nimages = ["acme/db"]\n'
    )

    settings = {
        tuple(entry["key"]): (entry["value"], entry["origins"])
        for entry in json.loads(imagelock("config", "--format", "json").out)["settings"]
        if entry["key"][0] == "update"
    }

    groups, origins = settings["update", "group"]
    assert [(group["name"], group["images"]) for group in groups] == [
        ("data", ["redis", "acme/db"]),
        ("acme", ["acme/db"]),
    ]
    assert origins == ["base.toml", "imagelock.toml"]
    assert settings["update", "labels"] == (["images"], ["base.toml"])
    assert settings["update", "limit"] == (2, ["imagelock.toml"])
