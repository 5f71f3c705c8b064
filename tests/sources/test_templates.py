"""Templates of files that a source reads: `compose.yaml.j2`, ytt, and others."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.file_kind import is_json, is_yaml, rendered
from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from tests.support.extraction import Case, cases, check
from tests.support.extraction import find as find_in
from tests.support.recognition import reader_of

CASES = cases("templates")
MANIFEST = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a/b:1}]}\n"
SERVICE = "services:\n  a:\n    image: redis:7\n"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find_in(case))


@pytest.mark.parametrize(
    ("path", "text", "source"),
    [
        ("docker-compose.yml.j2", SERVICE, "compose"),
        ("roles/x/templates/stack.yaml.j2", SERVICE + "# {{ if x }}\n", "compose"),
        ("deploy.yaml.tmpl", MANIFEST, "kubernetes"),
        ("deploy.yaml.in", MANIFEST, "kubernetes"),
        ("deploy.json.tpl", '{"apiVersion": "v1", "kind": "Pod"}', "kubernetes"),
        ("values.yaml.gotmpl", "image: a/b:1\n", "helm-values"),
        (".gitlab-ci.yml.mustache", "a: {image: b}\n", "gitlab-ci"),
        ("app.container.j2", "[Container]\nImage=a\n", "quadlet"),
        ("Dockerfile.j2", "FROM a\n", "dockerfile"),
        ("main.tf.jinja", 'resource "docker_image" "a" {}\n', "terraform"),
        ("charts/x/templates/a.yaml.tpl", "a: {{ .Values.x }}\n", "helm-template"),
        ("config.yaml.j2", "image: ubuntu\n", None),
        (".j2", "image: ubuntu\n", None),
    ],
)
def test_a_template_is_read_like_the_file_that_it_becomes(
    path: str, text: str, source: str | None
) -> None:
    assert reader_of(path, text) == source


def test_the_path_of_what_a_template_becomes() -> None:
    assert rendered(PurePosixPath("a/b.yaml.J2")) == PurePosixPath("a/b.yaml")
    assert rendered(PurePosixPath("a/.tpl")) == PurePosixPath("a/.tpl")
    assert is_yaml(PurePosixPath("a.yml.jinja2"))
    assert is_json(PurePosixPath("a.json.tftpl"))


def test_alternatives_that_share_a_place_cannot_be_pinned() -> None:
    text = (
        "resources:\n- name: x\n  type: registry-image\n  source:\n"
        "    #@ if x:\n    repository: a/b\n    #@ else:\n    repository: c/d\n"
        "    #@ end\n    tag: '1'\njobs: [{name: j, plan: [{get: x}]}]\n"
    )
    context = Context(read=lambda _: None, platforms=())

    found = list(SOURCES["concourse"].find(PurePosixPath("p.yml"), Text(text), context))

    assert [str(each.reference) for each in found if isinstance(each, Occurrence)] == [
        "docker.io/a/b:1",
        "docker.io/c/d:1",
    ]
    assert all(each.unpinnable_reason for each in found if isinstance(each, Occurrence))
