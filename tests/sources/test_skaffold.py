from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources import skaffold
from imagelock.sources.context import Context
from tests.support.extraction import cases, check, find
from tests.support.recognition import is_read_by
from tests.support.splicing import check_splicing, meanings

if TYPE_CHECKING:
    from tests.support.extraction import Case

PATH = PurePosixPath("skaffold.yaml")
AROUND = Context(read=lambda _: None, platforms=())
HEAD = "apiVersion: skaffold/v4beta13\nkind: Config\n"


@pytest.mark.parametrize("case", cases("skaffold"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def read_images(text: str) -> list[str]:
    return meanings(list(skaffold.find(PATH, Text(HEAD + text), AROUND)))


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        (HEAD, True),
        ('"apiVersion": "skaffold/v1"\n', True),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: skaffold/x}\n", False),
        ("  apiVersion: skaffold/v1\n", False),
    ],
)
def test_the_version_tells_whose_a_file_is(text: str, *, is_ours: bool) -> None:
    assert is_read_by("skaffold", PATH, text) is is_ours
    assert not is_read_by("skaffold", "skaffold.txt", text)


@pytest.mark.parametrize(
    ("artifact", "expected"),
    [
        ("{image: a/b}", ["build-output"]),
        ("{image: '{{.IMAGE}}'}", ["build-output"]),
        ("{buildpacks: {builder: b/c, runImage: d/e:1}}",
         ["docker.io/b/c:latest", "docker.io/d/e:1"]),
        ("{kaniko: {image: b/c:1, initImage: busybox:1}}",
         ["docker.io/b/c:1", "docker.io/library/busybox:1"]),
        ("{jib: {fromImage: 'registry://a/b:1'}}", ["docker.io/a/b:1"]),
        ("{jib: {fromImage: 'docker://b:1'}}", ["local"]),
        ("{ko: {fromImage: 'cgr.dev/a/b:1'}}", ["cgr.dev/a/b:1"]),
        ("{ko: {fromImage: '{{.BASE}}'}}", ["template"]),
        ("{docker: {cacheFrom: [a/b]}}", []),
        ("{custom: {buildCommand: ./build.sh}}", []),
    ],
)  # fmt: skip
def test_artifacts(artifact: str, expected: list[str]) -> None:
    assert read_images(f"build: {{artifacts: [{artifact}]}}\n") == expected


def test_profiles_and_what_is_run() -> None:
    text = """\
build:
  artifacts: [{image: acme/app}]
  googleCloudBuild: {kanikoImage: a/kaniko:1}
verify:
- container: {image: acme/app}
- container: {image: a/verify:1}
customActions:
- containers: [{image: a/action:1}]
profiles:
- name: dev
  build: {artifacts: [{image: acme/dev, jib: {fromImage: a/base:1}}]}
  verify: [{container: {image: acme/dev}}]
deploy: {docker: {images: [acme/app]}}
"""
    assert read_images(text) == [
        "build-output",
        "docker.io/a/kaniko:1",
        "build-output",
        "docker.io/a/verify:1",
        "docker.io/a/action:1",
        "build-output",
        "docker.io/a/base:1",
        "build-output",
        "build-output",
    ]


def test_a_broken_document_does_not_hide_the_next() -> None:
    text = f"a: [\n---\n{HEAD}verify: [{{container: {{image: a/b:1}}}}]\n"

    assert read_images(text) == ["unparseable", "docker.io/a/b:1"]


def test_another_reference_changes_one_place() -> None:
    text = """\
build:  # é
  artifacts:
  - {image: acme/app, buildpacks: {builder: "a/b:1", runImage: 'c/d:2'},
     jib: {fromImage: registry://x/y:1}}
verify: [{container: {image: e/f:3}}]
"""
    check_splicing(skaffold, PATH, HEAD + text, AROUND)


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for finding in skaffold.find(PATH, Text(f"{HEAD}build: {text}"), AROUND):
        assert isinstance(finding, Occurrence | Skipped)


def test_aliases_that_multiply_do_no_harm() -> None:
    artifacts = ", ".join(["{image: a/b}"] * 300)
    text = (
        f"profiles:\n- &a {{build: {{artifacts: [{artifacts}]}}}}\n" + "- *a\n" * 1000
    )

    assert read_images(text) == ["build-output"] * 300
