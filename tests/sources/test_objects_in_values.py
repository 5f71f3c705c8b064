"""Objects of Kubernetes in the values of charts."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.project.project_reader import ProjectReader
from imagelock.syntax.yaml_json import documents
from imagelock.syntax.yaml_json.documents import _roots

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.model.occurrence import Found
    from imagelock.syntax.yaml_json.builder import Builder
    from imagelock.syntax.yaml_json.tree import Node

SKAFFOLD = """\
apiVersion: skaffold/v4beta11
kind: Config
deploy:
  helm:
    releases:
      - overrides:
          a: |
"""
POD = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: %s}]}\n"


def found(root: Path, text: str, name: str = "values.yaml") -> list[Found]:
    (root / name).write_text(text)
    return ProjectReader(root=root, platforms=()).read([PurePosixPath(name)])


def meanings(root: Path, text: str, name: str = "values.yaml") -> list[str]:
    return [
        each.reference.familiar if isinstance(each, Occurrence) else each.reason.slug
        for each in found(root, text, name)
    ]


def block(text: str, indent: str = "  ") -> str:
    return "".join(f"{indent}{line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (POD % "acme/a:1", ["acme/a:1"]),
        ("---\n" + POD % "acme/a:1" + "---\n" + POD % "b:2", ["acme/a:1", "b:2"]),
        ("- apiVersion: v1\n  kind: Pod\n  spec: {containers: [{image: a/b:1}]}\n", ["a/b:1"]),
        (POD % "'{{ .Values.a }}'", ["template"]),
        ("{{- range .Values.a }}\n" + POD % "acme/a:1" + "{{- end }}\n", ["acme/a:1"]),
        (POD % '{{ tpl "a" . }}' + "a: {{ b }}: c\n", ["template"] * 2),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {image: 'a/b:1'}\n", []),
        ("kind: Pod\nspec: {containers: [{image: a/b:1}]}\n", []),
        ("apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a/b:1}\n", ["unparseable"]),
    ],
)  # fmt: skip
def test_a_text_with_an_object(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert meanings(tmp_path, "extra: |\n" + block(text)) == expected


def test_the_kind_of_an_object_decides_over_the_names_of_keys(tmp_path: Path) -> None:
    text = (
        "extraObjects:\n"
        "  - apiVersion: monitoring.coreos.com/v1\n"
        "    kind: Prometheus\n"
        "    spec: {baseImage: quay.io/prometheus/prometheus, version: v3.4.0}\n"
        "  - apiVersion: acme.io/v1\n"
        "    kind: Tool\n"
        "    spec: {image: {repository: acme/tool, tag: '1'}}\n"
    )

    assert meanings(tmp_path, text) == [
        "quay.io/prometheus/prometheus:v3.4.0",
        "acme/tool:1",
    ]


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("fleet.yaml", "helm:\n  values:\n    a: |\n"),
        ("skaffold.yaml", SKAFFOLD),
    ],
)  # fmt: skip
def test_values_are_in_many_files(tmp_path: Path, name: str, before: str) -> None:
    text = before + block(POD % "acme/a:1", " " * 12)

    assert meanings(tmp_path, text, name) == ["acme/a:1"]


def test_definitions_beside_releases_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operators and charts have megabytes of them, as schemas."""
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "metadata: {name: a}\nspec: {group: acme.example}\n"
    )
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n"
        "spec: {values: {extra: {apiVersion: v1, kind: Pod,"
        " spec: {containers: [{image: 'acme/a:1'}]}}}}\n"
    )
    parsed: list[str] = []

    def noting(source: str, builder: Builder, start: int, end: int) -> list[Node]:
        parsed.append(source[start:end])
        return _roots(source, builder, start, end)

    monkeypatch.setattr(f"{documents.__name__}._roots", noting)

    assert meanings(tmp_path, f"{definition}---\n{release}", "a.yaml") == ["acme/a:1"]
    assert parsed
    assert not any("CustomResourceDefinition" in each for each in parsed)
