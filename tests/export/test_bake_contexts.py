"""`export bake`: a target gets the contexts that its own build looks up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.locked import digest_of, save

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

NAMES = ("nginx", "node:20", "alpine:3.20", "alpine:3.19", "busybox", "acme/tool:1")


@pytest.fixture
def shop(project: Path) -> Path:
    save(project, *NAMES)
    return project


def context(name: str) -> str:
    full = name if "/" in name else f"library/{name}"
    full = full if ":" in full else f"{full}:latest"
    return f"docker-image://docker.io/{full}@{digest_of(name)}"


def exported(
    shop: Path, imagelock: Run, files: dict[str, str]
) -> tuple[dict[str, dict[str, str]], str]:
    """Return the contexts of each target, and the warnings, of a project of *files*."""
    for name, text in files.items():
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        (shop / name).write_text(text)
    result = imagelock("export", "bake", "--allow-unlocked")
    assert result.exit_code == 0
    targets = json.loads(result.out)["target"]
    return {name: target["contexts"] for name, target in targets.items()}, result.err


def test_a_target_gets_what_its_own_dockerfile_looks_up(
    shop: Path, imagelock: Run
) -> None:
    files = {
        "docker-bake.hcl": """\
group "default" { targets = ["a", "b", "c", "d"] }
variable "TAG" { default = "3.19" }
target "a" {}
target "b" {
  dockerfile = "b.Dockerfile"
  target = "one"
  args = { T = TAG }
}
target "c" { context = "c" }
target "d" {
  dockerfile-inline = <<E
FROM busybox
RUN --mount=from=alpine:3.20 x
E
}
""",
        "Dockerfile": (
            "# syntax=acme/tool:1\nFROM node:20 AS nginx\nRUN make\nFROM scratch\n"
            "COPY --from=nginx /out /\nCOPY --from=alpine:3.20 / /\n"
            "ONBUILD COPY --from=busybox / /\n"
        ),
        "b.Dockerfile": "ARG T=3.20\nFROM nginx AS one\nFROM alpine:$T\n",
        "c/Dockerfile": f"FROM acme/tool:1@{digest_of('nginx')}\nFROM mysql\n",
    }
    contexts, warnings = exported(shop, imagelock, files)

    assert contexts == {
        "a": {"node:20": context("node:20"), "alpine:3.20": context("alpine:3.20")},
        "b": {"nginx": context("nginx"), "alpine:3.19": context("alpine:3.19")},
        "c": {},
        "d": {"busybox": context("busybox"), "alpine:3.20": context("alpine:3.20")},
    }
    assert "the target" not in warnings


def test_what_the_contexts_of_a_target_name_is_pinned_under_their_keys(
    shop: Path, imagelock: Run
) -> None:
    files = {
        "docker-bake.hcl": """\
V = "3.20"
target "a" {
  contexts = {
    alpine = "docker-image://alpine:${V}"
    busybox = "target:b"
    src = "https://example.com/a.git"
    other = "docker-image://alpine:${upper(V)}"
  }
}
target "b" { inherits = ["a"] }
target "c" {
  inherits = ["a"]
  contexts = { alpine = "docker-image://alpine:3.19" }
}
""",
        "Dockerfile": "FROM alpine\nFROM busybox\nFROM other\nFROM nginx\n",
    }
    contexts, warnings = exported(shop, imagelock, files)

    both = {"alpine": context("alpine:3.20"), "nginx": context("nginx")}
    assert contexts["a"] == contexts["b"] == both
    assert contexts["c"] == both | {"alpine": context("alpine:3.19")}
    assert (
        "the target `a` may not be pinned: its context `other` is computed" in warnings
    )


@pytest.mark.parametrize(
    ("heir", "dockerfile", "words"),
    [
        ('dockerfile = "b.Dockerfile"', "FROM node:20 AS nginx\n", "has a build stage"),
        ('context = "https://example.com/a.git"', "", "may have a build stage"),
        ('matrix = { v = ["1"] }\n name = "b-${v}"\n context = v', "", "may have"),
    ],
)
def test_what_a_target_would_inherit_is_left_out_if_it_is_no_image_there(
    shop: Path, imagelock: Run, heir: str, dockerfile: str, words: str
) -> None:
    files = {
        "docker-bake.hcl": (
            'target "a" {}\ntarget "b" {\n inherits = ["a"]\n ' + heir + "\n}\n"
        ),
        "Dockerfile": "FROM nginx\n",
        "b.Dockerfile": dockerfile,
    }
    contexts, warnings = exported(shop, imagelock, files)

    assert contexts["a"] == {}
    assert "the target `a` does not get the image `nginx`, as `b`" in warnings
    assert words in warnings


def test_a_stage_that_has_the_name_of_its_image_is_not_replaced(
    shop: Path, imagelock: Run
) -> None:
    files = {
        "docker-bake.json": '{"target": {"a": {}}}',
        "Dockerfile": "FROM nginx AS NGINX\nRUN make\nFROM nginx\nFROM alpine:3.20\n",
    }
    contexts, warnings = exported(shop, imagelock, files)

    assert contexts == {"a": {"alpine:3.20": context("alpine:3.20")}}
    assert "as it has a build stage of this name: use `export buildkit`" in warnings


def test_an_override_does_not_win_over_a_context_that_is_inherited_before_it(
    shop: Path, imagelock: Run
) -> None:
    """The last of `inherits` wins: what it gets would hide the other's context."""
    files = {
        "docker-bake.hcl": """\
target "base" { dockerfile-inline = "FROM scratch" }
target "first" { contexts = { nginx = "target:base" } }
target "last" {}
target "a" { inherits = ["first", "last"] }
target "b" { inherits = ["last", "first"] }
group "default" { targets = ["first", "last", "a", "b"] }
""",
        "Dockerfile": "FROM nginx\n",
    }
    contexts, warnings = exported(shop, imagelock, files)

    assert contexts == {"base": {}, "first": {}, "last": {}, "a": {}, "b": {}}
    assert (
        "as `a`, which inherits from it, has another context of this name" in warnings
    )


def test_what_is_not_known_is_said(shop: Path, imagelock: Run) -> None:
    files = {
        "docker-bake.hcl": """\
target "remote" { context = "https://example.com/a.git" }
target "computed" { args = { T = upper("x") } }
target "many" {
  matrix = { v = ["1", "2"] }
  name = "many-${v}"
}
""",
        "Dockerfile": "ARG T=3.20\nFROM alpine:$T\nFROM nginx\n",
    }
    contexts, warnings = exported(shop, imagelock, files)

    assert contexts == {"remote": {}, "computed": {"nginx": context("nginx")}}
    assert "`remote` may not be pinned: its Dockerfile is not in this" in warnings
    assert "`computed` may not be pinned: its argument `T` is computed" in warnings
    assert "the target `many` has a `matrix`" in warnings


def test_variables_of_the_settings_count(shop: Path, imagelock: Run) -> None:
    files = {
        "imagelock.toml": '[variables]\nV = "3.19"\n',
        "docker-bake.hcl": """\
variable "V" { default = "3.20" }
target "a" { args = { T = V } }
""",
        "Dockerfile": "ARG T\nFROM alpine:$T\n",
    }
    contexts, _ = exported(shop, imagelock, files)

    assert contexts == {"a": {"alpine:3.19": context("alpine:3.19")}}


def test_files_that_bake_loads_together_are_merged_and_others_are_not(
    shop: Path, imagelock: Run
) -> None:
    files = {
        "docker-bake.hcl": 'target "a" { args = { T = "3.20" } }\n',
        "docker-bake.override.json": '{"target": {"a": {"args": {"T": "3.19"}}}}\n',
        "Dockerfile": "ARG T\nFROM alpine:$T\n",
    }
    contexts, warnings = exported(shop, imagelock, files)
    assert contexts == {"a": {"alpine:3.19": context("alpine:3.19")}}
    assert "the target" not in warnings

    files = {
        "sub/docker-bake.hcl": 'target "a" { context = "sub" }\n',
        "sub/Dockerfile": "FROM nginx\n",
    }
    (shop / "docker-bake.hcl").with_name("bake-broken.hcl").write_bytes(b"\xff\xfe\x00")
    contexts, warnings = exported(shop, imagelock, files)
    assert contexts == {"a": {}}
    assert "several files have a target `a`" in warnings
