"""`update --bump` where a variable decides the tag, through the real command line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_commands import masked
from tests.conftest import AMD64, ARM64, Run
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry

TAGS = {
    "library/redis": "7.2.1 7.4.0",
    "library/nginx": "1.25 1.30",
    "library/caddy": "1.25 1.27",
    "library/node": "20-alpine 22-alpine 22-slim",
    "library/python": "3.12-slim-bookworm 3.13-slim-bookworm",
    "library/httpd": "7.2.1 7.4.0",
}
COMPOSE = "services:\n  a:\n    image: {}\n"
NOMAD = """\
variable "tag" {{
  default = "{}"
}}
job "a" {{
  group "a" {{
    task "a" {{
      driver = "docker"
      config {{ image = "redis:${{var.tag}}" }}
    }}
  }}
}}
"""
BAKE = 'target "a" { contexts = { b = "docker-image://redis:${V}" } }\n'
BAKE_JSON = """\
{
  "variable": {"V": {"default": "7.2.1"}},
  "target": {"a": {"contexts": {"b": "docker-image://redis:${V}"}}}
}
"""
ANSIBLE = "- docker_container:\n    name: a\n    image: {}\n"
PACKER = 'source "docker" "a" { image = "redis:${var.t}" }\n'
GITHUB = """\
env:
  V: {1}
jobs:
  a:
    steps:
    - uses: addnab/docker-run-action@v3
      with: {{image: "{0}"}}
"""
TERRAFORM = 'resource "docker_image" "a" {{ name = {} }}\n'


@pytest.fixture
def shop(project: Path, address: str, hub: MemoryRegistry) -> Path:
    for repository, tags in TAGS.items():
        for tag in tags.split():
            hub.push_image(repository, tag, [AMD64, ARM64], salts=repository + tag)
    configure(project, address)
    return project


def write_files(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def read_files(root: Path, files: dict[str, str]) -> dict[str, str]:
    return {name: (root / name).read_bytes().decode() for name in files}


def locked(shop: Path) -> list[str]:
    data = tomllib.loads((shop / "images.lock").read_text())
    return [e["reference"].removeprefix("docker.io/library/") for e in data["image"]]


REDIS = COMPOSE.format("redis:${TAG}")
BUMPED = {
    "a line": ({"compose.yaml": REDIS}, ".env", "# tags\nTAG=7.2.1\nOTHER=7.2.1\n"),
    "no line end": ({"compose.yaml": REDIS}, ".env", "TAG=7.2.1"),
    "quotes": ({"compose.yaml": REDIS}, ".env", 'TAG="7.2.1" # "7.2.0"\n'),
    "single quotes": ({"compose.yaml": REDIS}, ".env", "export TAG='7.2.1'\n"),
    "line ends": ({"compose.yaml": REDIS}, ".env", "A=1\r\nTAG=7.2.1 # x\r\nB=2\r\n"),
    "mark": ({"compose.yaml": REDIS}, ".env", "\ufeffTAG=7.2.1\n"),
    "letters": ({"compose.yaml": REDIS}, ".env", "A=\u00e9\U0001f600\nTAG: 7.2.1\n"),
    "the last counts": ({"compose.yaml": REDIS}, ".env", "TAG=7.2.0\nTAG=7.2.1\n"),
    "image": ({"compose.yaml": COMPOSE.format("$I")}, ".env", "I=redis:7.2.1\n"),
    "name and tag": (
        {"compose.yaml": COMPOSE.format("docker.io/library/${I}")},
        ".env",
        "I=redis:7.2.1\n",
    ),
    "in another variable": (
        {"compose.yaml": COMPOSE.format("${I:-x}")},
        ".env",
        "V=7.2.1\nI=redis:${V}\n",
    ),
    "two images of equal tags": (
        {"compose.yaml": REDIS + "  b:\n    image: httpd:${TAG}\n"},
        ".env",
        "TAG=7.2.1\n",
    ),
    "an included project": (
        {"compose.yaml": "include: [b/compose.yaml]\n", "b/compose.yaml": REDIS},
        "b/.env",
        "TAG=7.2.1\n",
    ),
    "gitlab": (
        {}, ".gitlab-ci.yml",
        'variables:\n  V: "7.2.1"\na:\n  image: redis:$V\n  script: [echo $V]\n',
    ),
    "gitlab job": (
        {}, ".gitlab-ci.yml",
        "variables: {V: 7.2.0}\na:\n  image: redis:${V}\n  variables:\n    V: 7.2.1\n",
    ),
    "gitlab value": (
        {}, ".gitlab-ci.yml",
        "variables:\n  V: {value: '7.2.1', description: x}\na:\n  image: redis:$V\n",
    ),
    "gitlab image": (
        {}, ".gitlab-ci.yml",
        "variables:\n  N: 7.2.1\n  I: redis:$N\na:\n  image: {name: $I}\n",
    ),
    "gitlab include": (
        {".gitlab-ci.yml": "include: {local: ci/v.yml}\na:\n  image: redis:$V\n"},
        "ci/v.yml",
        "variables:\n  V: 7.2.1 # x\n",
    ),
    "github env": (
        {}, ".github/workflows/a.yml",
        GITHUB.format("redis:${{ env.V }}", "7.2.1"),
    ),
    "github env of a whole image": (
        {}, ".github/workflows/a.yml", GITHUB.format("${{ env.V }}", "redis:7.2.1"),
    ),
    "github build arguments": (
        {"Dockerfile": "ARG T\nFROM redis:$T\n"}, ".github/workflows/a.yml",
        ("env: {V: '7.2.1'}\njobs:\n  a:\n    steps:\n"
        "    - uses: docker/build-push-action@v6\n"
        "      with: {context: ., build-args: 'T=${{ env.V }}'}\n"),
    ),
    "bake": (
        {}, "docker-bake.hcl",
        'variable "V" { default = "7.2.1" }\n' + BAKE,
    ),
    "bake argument": (
        {"Dockerfile": "ARG T\nFROM redis:$T\n"}, "docker-bake.hcl",
        'variable "V" {\n  default = "7.2.1"\n}\ntarget "a" { args = { T = V } }\n',
    ),
    "bake in json": (
        {}, "docker-bake.json", BAKE_JSON,
    ),
    "terraform": (
        {}, "main.tf",
        'variable "t" { default = "7.2.1" }\n' + TERRAFORM.format('"redis:${var.t}"'),
    ),
    "terraform local": (
        {}, "main.tf",
        'locals { i = "redis:7.2.1" }\n' + TERRAFORM.format("local.i"),
    ),
    "terraform in another file": (
        {"main.tf": TERRAFORM.format('"redis:${var.t}"')}, "variables.tf",
        '# t\nvariable "t" {\n  default = "7.2.1"\n}\n',
    ),
    "terraform values": (
        {
            "main.tf": TERRAFORM.format('"redis:${var.t}"'),
            "variables.tf": 'variable "t" { default = "7.2.0" }\n',
        },
        "terraform.tfvars", 't = "7.2.1"\n',
    ),
    "packer in another file": (
        {"a.pkr.hcl": PACKER}, "v.pkr.hcl", 'variable "t" {\n  default = "7.2.1"\n}\n',
    ),
    "packer values": (
        {"a.pkr.hcl": PACKER + 'variable "t" { default = "7.2.0" }\n'},
        "b.auto.pkrvars.hcl", 't = "7.2.1"\n',
    ),
    "packer named values": (
        {"a.pkr.hcl": PACKER + 'variable "t" {}\n'}, "b.pkrvars.hcl", 't = "7.2.1"\n',
    ),
    "jenkins": (
        {}, "Jenkinsfile", "def t = '7.2.1'\ndocker.image(\"redis:${t}\").pull()\n",
    ),
    "jenkins image": (
        {}, "Jenkinsfile", "def x = 'redis:7.2.1'\ndocker.image(x).pull()\n",
    ),
    "nomad": ({}, "a.nomad", NOMAD.format("7.2.1")),
    "ansible": (
        {"roles/a/tasks/main.yml": ANSIBLE.format("'{{ i }}:{{ v }}'")},
        "roles/a/defaults/main.yml", "i: redis\nv: 7.2.1\n",
    ),
    "ansible image": (
        {"roles/a/tasks/main.yml": ANSIBLE.format("'{{ i }}'")},
        "roles/a/vars/main.yml", 'i: "redis:{{ v }}"\nv: "7.2.1"\n',
    ),
    "buildkite": (
        {}, ".buildkite/pipeline.yml",
        "env:\n  V: 7.2.1\nsteps:\n  - command: x\n    image: redis:$V\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BUMPED)
def test_a_tag_is_written_where_the_variable_is_set(
    shop: Path, imagelock: Run, name: str
) -> None:
    others, path, text = BUMPED[name]
    files = {**others, path: text}
    write_files(shop, files)
    assert imagelock("lock").exit_code == 0
    result = imagelock("update", "--bump", "major")

    assert result.exit_code == 0, result
    assert read_files(shop, files) == {**others, path: _last_replaced(text)}
    assert "redis:7.4.0" in locked(shop)
    assert imagelock("lock", "--check").exit_code == 0


def _last_replaced(text: str) -> str:
    """Return *text* with the tag replaced, unless it is that of another variable."""
    start = text.index("7.2.1")
    return f"{text[:start]}7.4.0{text[start + 5 :]}"


@pytest.mark.parametrize(
    ("value", "image", "new"),
    [
        ("V=20", "node:${V}-alpine", "V=22"),
        ("V=alpine", "node:20-${V}", None),
        ("V=3.12", "python:${V}-slim-bookworm", "V=3.13"),
        ("V=3.12-slim", "python:${V}-bookworm", "V=3.13-slim"),
        ("V=7.2", "redis:${V}.1", None),
        ("A=7\nB=2.1", "redis:${A}.${B}", "A=7\nB=4.0"),
    ],
)
def test_a_variable_that_is_a_part_of_the_tag(
    shop: Path, imagelock: Run, value: str, image: str, new: str | None
) -> None:
    write_files(shop, {"compose.yaml": COMPOSE.format(image), ".env": f"{value}\n"})
    imagelock("lock")
    result = imagelock("update", "--bump", "major")

    assert (shop / ".env").read_text() == f"{new or value}\n"
    assert (shop / "compose.yaml").read_text() == COMPOSE.format(image)
    assert result.exit_code == (0 if new else 1)
    assert imagelock("lock", "--check").exit_code == 0


def test_a_variable_of_images_with_different_new_tags_is_kept(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    text = "services: {a: {image: 'nginx:$T'}, b: {image: 'caddy:$T'}}\n"
    files = {"compose.yaml": text, ".env": "T=1.25\n"}
    write_files(shop, files)
    imagelock("lock")

    assert masked(imagelock("update", "--bump", "major")) == snapshot
    assert masked(imagelock("update", "nginx=1.30")) == snapshot
    assert read_files(shop, files) == files
    assert imagelock("verify", "--offline").exit_code == 0


def test_a_default_of_images_with_different_new_tags_is_kept(
    shop: Path, imagelock: Run
) -> None:
    files = {
        "Dockerfile": "ARG T=1.25\nFROM nginx:$T\nFROM caddy:$T\nFROM redis:7.2.1\n"
    }
    write_files(shop, files)
    imagelock("lock")
    result = imagelock("update", "--bump", "major")

    assert result.exit_code == 1
    assert "T (" in result.err or "T decides" in result.err
    text = files["Dockerfile"].replace("7.2.1", "7.4.0")
    assert (shop / "Dockerfile").read_text() == text


def test_the_digest_in_a_variable_follows_its_tag(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    old, new = (
        hub.push_image("library/redis", tag, [AMD64], salts=tag)
        for tag in ("7.2.1", "7.4.0")
    )
    compose = COMPOSE.format("redis:${T}")
    write_files(shop, {"compose.yaml": compose, ".env": f"T=7.2.1@{old}\n"})
    imagelock("lock")
    imagelock("update", "--bump", "major")
    assert (shop / ".env").read_text() == f"T=7.4.0@{new}\n"

    compose = COMPOSE.format("redis:${T}@" + str(old))
    write_files(shop, {"compose.yaml": compose, ".env": "T=7.2.1\n"})
    imagelock("lock")
    imagelock("update", "--bump", "major")
    assert (shop / ".env").read_text() == "T=7.4.0\n"
    assert str(new) in (shop / "compose.yaml").read_text()


def test_values_from_outside_the_files_are_kept_with_their_origin(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"compose.yaml": REDIS, ".env": "TAG=7.4.0\n"}
    write_files(shop, files)
    monkeypatch.setenv("TAG", "7.2.1")
    imagelock("lock", "--environment")
    result = imagelock("update", "--bump", "major", "--environment")

    assert result.exit_code == 1
    assert "TAG decides it, set by the environment" in result.err
    assert read_files(shop, files) == files


def test_yaml_does_not_take_the_value_of_a_variable_for_a_number(
    shop: Path, imagelock: Run
) -> None:
    text = "variables:\n  V: {}\na:\n  image: nginx:$V\n"
    write_files(shop, {".gitlab-ci.yml": text.format("1.25")})
    imagelock("lock")

    assert imagelock("update", "--bump", "major").exit_code == 0
    assert (shop / ".gitlab-ci.yml").read_text() == text.format('"1.30"')


def test_the_output_names_the_variable_and_its_line(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    write_files(shop, {"compose.yaml": REDIS, ".env": "A=1\nTAG=7.2.1\n"})
    imagelock("lock")
    assert masked(imagelock("update", "--bump", "major", "--dry-run")) == snapshot
    assert masked(imagelock("update", "--bump", "major")) == snapshot
    assert masked(imagelock("list", "redis")) == snapshot
