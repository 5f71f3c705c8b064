"""Files that Compose merges, and several projects in one repository."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.project.project_reader import ProjectReader
from tests.support.compose_project import find, summary

WEB = "services: {web: {image: 'acme/web:${V:-0}'}}\n"
BUILD = "services: {web: {build: .}}\n"
OVERRIDE = PurePosixPath("compose.override.yaml")


def read(root: Path, files: dict[str, str]) -> list[tuple[str, str]]:
    """Return what a whole project names: the path and the reference or reason."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    paths = [PurePosixPath(name) for name in files]
    return [
        (
            str(finding.place.path),
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else f"({finding.reason.slug})",
        )
        for finding in ProjectReader(root=root, platforms=()).read(paths)
    ]


def meanings(
    main: str, others: dict[str, str], path: str = "compose.yaml"
) -> list[str]:
    return [
        meaning for _, meaning in summary(find(main, others, path=PurePosixPath(path)))
    ]


@pytest.mark.parametrize("base", ["compose.yaml", "docker-compose.yml"])
def test_an_override_names_what_the_file_beside_it_builds(base: str) -> None:
    path = "docker-compose.override.yml"

    assert meanings(WEB, {base: BUILD}, path) == ["(build-output)"]
    assert meanings(WEB, {base: "services: {other: {build: .}}"}, path) == [
        "acme/web:0"
    ]
    assert meanings(WEB, {}, path) == ["acme/web:0"]


def test_an_override_can_take_the_build_back() -> None:
    main = "services: {web: {build: !reset null, image: a/b}}\n"

    assert meanings(main, {"compose.yaml": BUILD}, str(OVERRIDE)) == ["a/b:latest"]


def test_an_override_decides_nothing_in_the_file_beside_it() -> None:
    # Who deploys with `-f compose.yaml` alone pulls the image.
    assert meanings(WEB, {str(OVERRIDE): BUILD}) == ["acme/web:0"]


def test_another_service_can_run_what_the_file_beside_builds() -> None:
    base = "services: {web: {build: ., image: 'acme/web:0'}}\n"
    main = "services: {worker: {image: 'acme/web:0'}, db: {image: 'redis:7'}}\n"

    found = meanings(main, {"compose.yaml": base}, str(OVERRIDE))

    assert found == ["(build-output)", "redis:7"]


def test_listed_files_are_one_project() -> None:
    files = {".env": "COMPOSE_FILE=compose.yaml:deploy/prod.yaml\nV=1\n"}

    assert meanings(WEB, {**files, "deploy/prod.yaml": BUILD}) == ["(build-output)"]
    assert meanings(BUILD, {**files, "deploy/prod.yaml": WEB}) == []
    assert meanings(WEB, {**files, "compose.yaml": BUILD}, "deploy/prod.yaml") == [
        "(build-output)"
    ]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("{build: !reset null, image: 'r.io/web:1'}", "(build-output)"),
        ("!reset null", "(build-output)"),
        ("!override {image: 'r.io/web:1'}", "(build-output)"),
        # The name is pulled, as nothing builds it any more.
        ("{build: !reset null}", "acme/web:0"),
    ],
)
def test_a_name_that_a_later_file_replaces_is_what_its_own_file_builds(
    later: str, expected: str
) -> None:
    base = "services: {web: {build: ., image: 'acme/web:0'}}\n"
    files = {
        ".env": "COMPOSE_FILE=compose.yaml:prod.yaml\n",
        "prod.yaml": f"services: {{web: {later}, db: {{image: 'redis:7'}}}}\n",
    }

    assert meanings(base, files) == [expected]


def test_another_service_runs_what_only_its_own_file_builds() -> None:
    base = (
        "services: {web: {build: ., image: 'acme/web:0'}, job: {image: 'acme/web:0'}}\n"
    )
    prod = "services: {web: !reset null, job: {image: 'r.io/job:1'}}\n"
    files = {".env": "COMPOSE_FILE=compose.yaml:prod.yaml\n", "prod.yaml": prod}

    assert meanings(base, files) == ["(build-output)", "(build-output)"]


def test_listed_files_have_the_variables_of_the_folder_that_lists_them() -> None:
    files = {
        ".env": "COMPOSE_FILE=compose.yaml:deploy/prod.yaml\nV=1\n",
        "deploy/.env": "V=2\n",
        "compose.yaml": "services: {}\n",
    }

    assert meanings(WEB, files, "deploy/prod.yaml") == ["acme/web:1"]
    assert meanings(WEB, files, "deploy/other.yaml") == ["acme/web:2"]


def test_paths_of_listed_files_count_from_the_folder_of_the_first() -> None:
    files = {
        ".env": "COMPOSE_FILE=compose.yaml:deploy/prod.yaml",
        "app/Dockerfile": "ARG BASE\nFROM $BASE\n",
    }
    main = "services: {app: {build: {context: app, args: {BASE: 'a/b:1'}}}}\n"

    assert meanings(main, files, "deploy/prod.yaml") == ["a/b:1"]


@pytest.mark.parametrize(
    "listed",
    [
        "COMPOSE_FILE=a.yaml;b.yaml",
        "COMPOSE_FILE=a.yaml,b.yaml\nCOMPOSE_PATH_SEPARATOR=,",
        "COMPOSE_FILE=./a.yaml:/srv/x.yaml:missing.yaml:b.yaml",
    ],
)
def test_forms_of_the_list(listed: str) -> None:
    assert meanings(WEB, {".env": listed, "b.yaml": BUILD}, "a.yaml") == [
        "(build-output)"
    ]


def test_a_given_list_counts_from_the_root() -> None:
    found = find(
        WEB,
        {"b.yaml": BUILD},
        path=PurePosixPath("a.yaml"),
        environment={"COMPOSE_FILE": "a.yaml:b.yaml"},
    )

    assert [meaning for _, meaning in summary(found)] == ["(build-output)"]
    found = find(
        WEB,
        {"c/b.yaml": BUILD},
        path=PurePosixPath("c/a.yaml"),
        environment={"COMPOSE_FILE": "a.yaml:b.yaml"},
    )
    assert [meaning for _, meaning in summary(found)] == ["acme/web:0"]


def test_each_project_has_its_own_variables(tmp_path: Path) -> None:
    files = {
        ".env": "V=root\n",
        "compose.yaml": WEB,
        "a/compose.yaml": WEB,
        "a/.env": "V=a\n",
        "b/compose.yaml": WEB,
    }

    assert read(tmp_path, files) == [
        ("a/compose.yaml", "acme/web:a"),
        ("b/compose.yaml", "acme/web:0"),
        ("compose.yaml", "acme/web:root"),
    ]


def test_merge_keys_profiles_and_swarm() -> None:
    main = """\
x-base: &base {image: "a/base:1", profiles: [dev]}
services:
  one: {<<: *base}
  two: {<<: *base, image: "a/two:2"}
  three: {image: "a/three:${T:-${U:-3}}", deploy: {replicas: 2}, profiles: [never]}
"""
    assert meanings(main, {}) == ["a/base:1", "a/two:2", "a/three:3"]


def test_files_of_variables_of_a_service_do_not_count() -> None:
    main = """\
services:
  web:
    env_file: [web.env, {path: other.env, required: false}]
    environment: {V: "1"}
    image: a/web:${V:-0}
"""
    assert meanings(main, {"web.env": "V=2", "other.env": "V=3"}) == ["a/web:0"]


def test_a_dockerfile_of_any_name_is_read_where_a_build_uses_it(tmp_path: Path) -> None:
    files = {
        "compose.yaml": """\
services:
  a: {build: {dockerfile: images/web.docker, args: {TAG: "2"}}}
  b: {build: {dockerfile: images/web.docker, additional_contexts: {c/d: ./d}}}
  c: {build: {dockerfile: Dockerfile.c}}
""",
        "images/web.docker": "ARG TAG=1\nFROM a/b:$TAG\n",
        "Dockerfile.c": "FROM c/c:1\n",
    }

    assert read(tmp_path, files) == [
        ("Dockerfile.c", "c/c:1"),
        ("compose.yaml", "a/b:2"),
        ("images/web.docker", "a/b:1"),
    ]
