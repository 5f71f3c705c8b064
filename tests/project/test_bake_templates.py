"""Targets of Bake that others only inherit build nothing by themselves."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.project.project_reader import ProjectReader

if TYPE_CHECKING:
    from pathlib import Path

GROUP = 'group "default" { targets = ["app"] }\n'
COMMON = 'target "_common" { platforms = ["linux/amd64"] }\n'
BASE = 'target "base" { dockerfile = "base.Dockerfile" }\n'
APP = """\
target "app" {
  inherits = ["_common"]
  contexts = { base = "target:base" }
}
"""
PLAIN = COMMON.replace("_common", "plain")


def found(tmp_path: Path, bake: str, dockerfile: str = "FROM base\n") -> list[str]:
    """Return the references, without that of `base.Dockerfile`."""
    files = {
        "docker-bake.hcl": bake,
        "Dockerfile": dockerfile,
        "base.Dockerfile": "FROM debian:12\n",
    }
    for path, text in files.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    reader = ProjectReader(root=tmp_path, platforms=())
    names = [
        item.reference.familiar
        for item in reader.read(map(PurePosixPath, sorted(files)))
        if isinstance(item, Occurrence)
    ]
    names.remove("debian:12")
    return names


@pytest.mark.parametrize(
    "bake",
    [
        GROUP + COMMON + BASE + APP,
        # Nothing says what is built, but the target says nothing about a build.
        COMMON + BASE + APP,
        'target "docker-metadata-action" {}\n'
        + BASE
        + APP.replace("_common", "docker-metadata-action").replace("app", "default"),
        # It inherits a target that inherits another.
        GROUP
        + COMMON
        + 'target "_more" { inherits = ["_common"] }\n'
        + BASE
        + APP.replace("_common", "_more"),
        # The heir brings the context for the Dockerfile that both have.
        GROUP
        + 'target "_common" { dockerfile = "Dockerfile"\n args = { A = "1" } }\n'
        + BASE
        + APP,
        # A group of groups, and a group that is written later.
        BASE
        + 'target "_common" { dockerfile = "Dockerfile" }\n'
        + APP
        + 'group "all" { targets = ["app", "base"] }\n'
        + 'group "default" { targets = ["all"] }\n',
    ],
)
def test_what_is_only_inherited_is_no_build(tmp_path: Path, bake: str) -> None:
    assert found(tmp_path, bake) == []


@pytest.mark.parametrize(
    "bake",
    [
        # It is in a group, is what is built by default, or a context of another.
        GROUP.replace('"app"', '"app", "plain"') + PLAIN,
        PLAIN.replace("plain", "default"),
        PLAIN + 'target "c" { contexts = { x = "target:plain" } }\n',
        # Nothing says what is built, and it says what it builds.
        PLAIN.replace("platforms = [", 'tags = ["plain:1"]\n platforms = ['),
        # Nobody inherits it.
        PLAIN + 'target "other" { inherits = ["base"] }\n',
    ],
)
def test_what_is_built_too_counts(tmp_path: Path, bake: str) -> None:
    name = "default" if '"default"' in bake and "group" not in bake else "plain"
    heir = APP.replace("_common", "base" if "other" in bake else name)

    assert found(tmp_path, bake + BASE + heir) == ["base:latest"]


def test_the_inline_dockerfile_of_a_template_has_the_contexts_of_its_heirs(
    tmp_path: Path,
) -> None:
    template = 'target "_t" { dockerfile-inline = "FROM base" }\n'
    heirs = APP.replace("_common", "_t") + APP.replace("_common", "_t").replace(
        '"app"', '"web"'
    )

    assert found(tmp_path, GROUP + template + BASE + heirs, "FROM scratch\n") == []


def test_the_arguments_of_a_template_decide_nothing_in_a_dockerfile_of_others(
    tmp_path: Path,
) -> None:
    bake = (
        GROUP
        + 'target "_common" { args = { V = "3.20" } }\n'
        + 'target "app" { inherits = ["_common"]\n dockerfile = "base.Dockerfile" }\n'
    )

    assert found(tmp_path, bake, "ARG V=3\nFROM alpine:$V\n") == ["alpine:3"]
