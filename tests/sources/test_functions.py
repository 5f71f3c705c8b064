"""Containers that Kustomize and kpt run: KRM functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.test_gitops import locked, skipped

if TYPE_CHECKING:
    from pathlib import Path

FUNCTION = """\
apiVersion: acme.dev/v1
kind: Sidecars
metadata:
  name: s
  annotations:
    %s: |
      container:
        image: ghcr.io/acme/sidecars:1
"""
INLINE = """\
resources: []
%s:
- |-
  apiVersion: acme.dev/v1
  kind: Sidecars
  metadata:
    name: s
    annotations:
      config.kubernetes.io/function: "container: {image: 'ghcr.io/acme/sidecars:1'}"
"""


@pytest.mark.parametrize(
    "key", ["config.kubernetes.io/function", "config.k8s.io/function"]
)
def test_the_annotation_of_an_object_names_a_function(tmp_path: Path, key: str) -> None:
    files = {
        "kustomization.yaml": "transformers: [sidecars.yaml]\n",
        "sidecars.yaml": FUNCTION % key,
    }

    assert locked(tmp_path, files) == {("sidecars.yaml", "ghcr.io/acme/sidecars:1")}


@pytest.mark.parametrize("key", ["transformers", "generators", "validators"])
def test_functions_can_stand_in_a_kustomization(tmp_path: Path, key: str) -> None:
    files = {"kustomization.yaml": INLINE % key}

    assert locked(tmp_path, files) == {
        ("kustomization.yaml", "ghcr.io/acme/sidecars:1")
    }


def test_other_annotations_name_nothing(tmp_path: Path) -> None:
    assert locked(tmp_path, {"a.yaml": FUNCTION % "acme.dev/function"}) == set()


def test_the_pipeline_of_kpt_runs_functions(tmp_path: Path) -> None:
    text = """\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata: {name: web}
pipeline:
  mutators:
  - image: gcr.io/kpt-fn/set-namespace:v0.4.1
  - image: set-labels:v0.2
  - exec: ./local
  validators:
  - image: ghcr.io/acme/check:1
"""

    assert locked(tmp_path, {"web/Kptfile": text}) == {
        ("web/Kptfile", "gcr.io/kpt-fn/set-namespace:v0.4.1"),
        ("web/Kptfile", "ghcr.io/acme/check:1"),
    }
    assert skipped(tmp_path, {"web/Kptfile": text}) == {
        ("web/Kptfile", "set-labels:v0.2", "needs-base")
    }


def test_a_bundle_has_files_that_are_no_manifests(tmp_path: Path) -> None:
    bundle = """\
apiVersion: fleet.cattle.io/v1alpha1
kind: Bundle
spec:
  resources:
  - name: README.md
    content: |
      Apply this: it is easy
      apiVersion: v1
      kind: Pod
      image: a: b
  - name: values.yaml
    content: "# apiVersion, kind\\nimage: {repository: x/y, tag: '1'}"
  - name: pod.yaml
    content: "{apiVersion: v1, kind: Pod, spec: {containers: [{image: 'x/y:2'}]}}"
"""

    assert locked(tmp_path, {"bundle.yaml": bundle}) == {("bundle.yaml", "x/y:2")}
    assert skipped(tmp_path, {"bundle.yaml": bundle}) == set()
