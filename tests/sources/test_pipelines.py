"""The formats of CI systems: what all of them promise."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from tests.support.extraction import cases, check, find
from tests.support.recognition import reader_of

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from tests.support.extraction import Case

AROUND = Context(read=lambda _: None, platforms=())
FORMATS: Final = (
    "azure-pipelines",
    "bitbucket",
    "buildkite",
    "circleci",
    "cirrus",
    "cloud-build",
    "concourse",
    "drone",
    "github-actions",
    "gitlab-ci",
    "gitpod",
    "pre-commit",
    "woodpecker",
)
NAMES: Final = {
    "azure-pipelines": "azure-pipelines.yml",
    "bitbucket": "bitbucket-pipelines.yml",
    "buildkite": ".buildkite/pipeline.yml",
    "circleci": ".circleci/config.yml",
    "cirrus": ".cirrus.yml",
    "cloud-build": "cloudbuild.yaml",
    "concourse": "ci/pipeline.yml",
    "drone": ".drone.yml",
    "github-actions": ".github/workflows/ci.yml",
    "gitlab-ci": ".gitlab-ci.yml",
    "pre-commit": ".pre-commit-config.yaml",
    "woodpecker": ".woodpecker.yml",
}
EXAMPLES: Final = {
    "azure-pipelines": """\
resources:
  containers:
  - container: tools
    image: "acme/tools:1"
jobs:
- job: a
  container: tools
- job: b
  container: 'alpine:3'
  services: {db: postgres:16}
""",
    "bitbucket": """\
image: {name: node:20}
pipelines:
  default:
  - parallel:
      steps:
      - step: {image: &python "python:3.12", script: [a]}
      - step: {image: *python, script: [{pipe: docker://acme/pipe:1}]}
""",
    "buildkite": """\
steps:
- group: g
  steps:
  - plugins: [{docker#v5: {image: node:20}}]
  - image: 'alpine:3'
- plugins:
  - kubernetes: {podSpec: {containers: [{image: "golang:1"}]}}
""",
    "circleci": """\
x: &x
  docker: [{image: cimg/go:1.22}, {image: 'redis:7'}]
jobs:
  a: *x
  b: {<<: *x}
executors:
  c: {docker: [{image: "cimg/base:2024.01"}]}
""",
    "cirrus": """\
container: {image: "golang:1.23"}
task:
  arm_container:
    matrix: [{image: python:3.12}, {image: 'python:3.13'}]
task:
  container: &c {image: node:20, additional_containers: [{name: db, image: "mysql:8"}]}
other_task:
  container: *c
""",
    "cloud-build": """\
{"steps": [{"name": "alpine:3"}, {"name": "gcr.io/cloud-builders/go"}]}
""",
    "concourse": """\
jobs:
- name: a
  plan:
  - task: t
    config:
      platform: linux
      image_resource: &image
        type: registry-image
        source: {repository: alpine, tag: "3"}
  - task: u
    config: {image_resource: *image}
resources:
- {name: r, type: docker-image, source: {repository: redis}}
""",
    "drone": """\
kind: pipeline
steps: [{image: "golang:1"}]
services: [{image: redis}]
---
kind: pipeline
steps:
- image: >-
    alpine:3
""",
    "github-actions": """\
jobs:
  a:
    container: node:20
    services: {db: {image: 'postgres:16'}}
    steps: [{uses: "docker://alpine:3"}]
  b:
    container: {image: "gcc:13"}
""",
    "gitlab-ci": """\
image: {name: "ruby:3"}
.base: &base {image: 'alpine:3', services: [redis:7, {name: postgres}]}
job: {extends: .base}
other: *base
third: {image: !reference [.base, image]}
""",
    "pre-commit": """\
repos:
- repo: local
  hooks:
  - {id: a, language: docker_image, entry: "--entrypoint x acme/lint:1 -c"}
  - {id: b, language: docker_image, entry: 'alpine:3'}
""",
    "woodpecker": """\
variables: [&go 'golang:1']
steps: {a: {image: *go}, b: {image: *go}}
services: [{image: "redis:7"}]
""",
}


def read(source: str, text: str, context: Context = AROUND) -> list[Found]:
    path = PurePosixPath(NAMES[source])
    return list(SOURCES[source].find(path, Text(text), context))


def meaning(finding: Found) -> str:
    if isinstance(finding, Occurrence):
        return str(finding.reference)
    return f"({finding.reason.slug})"


@pytest.mark.parametrize(
    "case", [case for name in FORMATS for case in cases(name)], ids=str
)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


@pytest.mark.parametrize("source", sorted(NAMES))
def test_a_file_is_read_by_its_source(source: str) -> None:
    path = PurePosixPath(NAMES[source])

    text = EXAMPLES[source]

    assert reader_of(path, text) == source


@pytest.mark.parametrize("source", sorted(NAMES))
def test_another_reference_in_a_place_changes_that_one_alone(source: str) -> None:
    text = EXAMPLES[source]
    findings = read(source, text)
    data = text.encode()

    assert len(findings) > 1
    for number, finding in enumerate(findings):
        assert isinstance(finding, Occurrence)
        span = finding.place.span
        assert data[span.start : span.end].decode() == finding.place.text
        changed = (data[: span.start] + b"v9" + data[span.end :]).decode()
        changed_findings = read(source, changed)
        assert [a.place.text for a in changed_findings] == [
            "v9" if index == number else f.place.text
            for index, f in enumerate(findings)
        ]
        others = [meaning(f) for index, f in enumerate(findings) if index != number]
        assert [
            meaning(a) for i, a in enumerate(changed_findings) if i != number
        ] == others
        assert meaning(changed_findings[number]) != meaning(finding)


@pytest.mark.parametrize("source", sorted(NAMES))
def test_what_is_found_is_in_the_order_of_the_text(source: str) -> None:
    starts = [finding.place.span.start for finding in read(source, EXAMPLES[source])]

    assert starts == sorted(set(starts))


@pytest.mark.parametrize("source", sorted(NAMES))
@given(data=st.data())
def test_no_text_is_too_strange(source: str, data: st.DataObject) -> None:
    example = EXAMPLES[source]
    cut = data.draw(st.integers(0, len(example)))
    strange = data.draw(st.text(max_size=20) | st.sampled_from(["{", "- ", "!x ", "$"]))

    for text in (strange, example[:cut] + strange + example[cut:]):
        for finding in read(source, text):
            assert isinstance(finding, Occurrence | Skipped)
            span = finding.place.span
            assert Text(text).value.encode("utf-8", "surrogatepass")[
                span.start : span.end
            ] == finding.place.text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("source", sorted(NAMES))
def test_a_broken_document_is_said_to_be_and_hides_no_other(source: str) -> None:
    findings = read(source, f"a: [\n---\n{EXAMPLES[source]}")

    slugs = {meaning(finding) for finding in findings if isinstance(finding, Skipped)}
    assert slugs == {"(unparseable)"}
    assert sum(isinstance(finding, Occurrence) for finding in findings) == len(
        read(source, EXAMPLES[source])
    )


@pytest.mark.parametrize("source", sorted(NAMES))
def test_aliases_of_aliases_take_no_time(source: str) -> None:
    lines = ["a0: &a0 {image: x, name: y, container: z, image_resource: {type: t}}"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 15)]
    text = "\n".join([*lines, "jobs: *a14", "steps: *a14", "image: *a14", ""])

    assert all(
        isinstance(finding, Occurrence | Skipped) for finding in read(source, text)
    )
