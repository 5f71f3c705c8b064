from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from imagelock.sources import SOURCES
from imagelock.sources.compose import compose
from tests.support.compose_project import find, summary

SERVICE = "services:\n  a:\n    image: redis:7\n"


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("compose.yaml", True),
        ("compose.prod.yml", True),
        ("compose-dev.YML", True),
        ("a/docker-compose.override.yaml", True),
        ("docker-compose2.yml", True),
        ("dev.compose.yaml", True),
        ("podman-compose.yml", True),
        (".devcontainer/docker-compose.yml", True),
        ("compose.json", True),
        ("composer.yaml", False),
        ("stack.yml", False),
        ("deploy/app.yaml", False),
    ],
)
def test_a_file_is_known_by_its_name_or_by_its_services(
    path: str, *, named: bool
) -> None:
    pure = PurePosixPath(path)

    assert SOURCES["compose"].may_match(pure)
    assert compose.matches(pure, "") is named
    assert compose.matches(pure, json.dumps({"services": {}})) is named
    assert pure.suffix == ".json" or compose.matches(pure, SERVICE)


@pytest.mark.parametrize(
    "path",
    [
        "composer.json",
        "app.json",
        "compose.md",
        "docker-compose.yml.bak",
        ".gitlab-ci.yml",
        ".github/workflows/ci.yaml",
        "chart/values.yaml",
        "chart/values-prod.yaml",
        "prod.values.yaml",
    ],
)
def test_hidden_files_and_those_of_others_are_left_alone(path: str) -> None:
    assert not compose.matches(PurePosixPath(path), SERVICE)


@pytest.mark.parametrize(
    ("text", "is_compose"),
    [
        ("# a\nservices: # b\n\n  # c\n  a: {image: b}\n", True),
        ("services: {a: {build: .}}\n", True),
        ('"services":\r\n    "a":\r\n        "image": b\r\n', True),
        ("x-a: &a {image: b}\nservices:\n  c: *a\n", True),
        ("services: &s\n  a:\n    extends: b\n", True),
        ("services:\n  - docker:dind\njob:\n  image: a\n", False),
        ("services:\n- docker:dind\njob:\n  image: a\n", False),
        ("services:\n  App\\Service:\n    class: x\n", False),
        ("a:\n  services:\n    b: {image: c}\n", False),
        ("apiVersion: v1\nservices:\n  a: {image: b}\n", False),
        ("services:\n  a: {image: b}\n  c:\n    apiVersion: v1\n", True),
        ("", False),
    ],
)
def test_other_names_are_looked_into(text: str, *, is_compose: bool) -> None:
    assert compose.matches(PurePosixPath("app.yaml"), text) is is_compose


def test_a_manifest_of_kubernetes_is_none_of_ours_whatever_its_name() -> None:
    text = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a}]}\n"

    assert not compose.matches(PurePosixPath("compose-deployment.yaml"), text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SERVICE, [("redis:7", "redis:7")]),
        ("services:\n  a:\n    ports: []\nx:\n  image: b\n", []),
        ("services:\n  a:\n    image: {repository: a, tag: b}\n", []),
        ("services:\n  a:\n    image: {{ a }}\n", [("{{ a }}", "(template)")]),
        ("services:\n  a: {image: [\n", [("a: {image: [", "(unparseable)")]),
        ("- image: a\n", []),
    ],
)
def test_a_file_of_another_name_counts_if_something_in_it_is_a_service(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert summary(find(text, path=PurePosixPath("app.yaml"))) == found


@pytest.mark.parametrize("image", ["{$A}", "{ A_B }", "{{ a }}"])
def test_an_image_in_braces_is_what_a_script_puts_there(image: str) -> None:
    found = find(f"services:\n  a:\n    image: {image}\n")

    assert summary(found) == [(image, "(template)")]
