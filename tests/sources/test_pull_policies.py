"""The pull policy that a build ends with decides whether an image is pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.model.occurrence import Occurrence
from tests.sources.test_gitops import found

if TYPE_CHECKING:
    from pathlib import Path

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: tool}
spec:
  containers:
    - {name: tool, image: "acme/tool:1", imagePullPolicy: %s}
"""
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: %s}
spec:
  path: ./apps
  sourceRef: {kind: GitRepository, name: this}
  patches:
    - target: {kind: Pod}
      patch: |
        - {op: replace, path: /spec/containers/0/imagePullPolicy, value: %s}
"""
COPY = """\
resources: [pod.yaml]
replacements:
  - source: {kind: ConfigMap, name: settings, fieldPath: data.policy}
    targets:
      - select: {kind: Pod}
        fieldPaths: ["spec.containers.[name=tool].imagePullPolicy"]
"""
TOOL = ("pod.yaml", "acme/tool:1")


def locked(root: Path, files: dict[str, str]) -> set[tuple[str, str]]:
    return {
        (str(each.place.path), each.reference.familiar)
        for each in found(root, files)
        if isinstance(each, Occurrence)
    }


@pytest.mark.parametrize("policies", [("Always",), ("Never", "Always")])
def test_an_image_that_flux_pulls_once_is_locked(
    tmp_path: Path, policies: tuple[str, ...]
) -> None:
    files = {"apps/pod.yaml": POD % "Never"} | {
        f"cluster/{policy}.yaml": FLUX % (policy.lower(), policy) for policy in policies
    }

    assert locked(tmp_path, files) == {("apps/pod.yaml", "acme/tool:1")}


def test_an_image_that_flux_never_pulls_is_not_locked(tmp_path: Path) -> None:
    files = {
        "apps/pod.yaml": POD % "Always",
        "cluster/apps.yaml": FLUX % ("apps", "Never"),
    }

    assert not locked(tmp_path, files)


def test_a_policy_that_is_copied_may_be_any(tmp_path: Path) -> None:
    files = {"pod.yaml": POD % "Never", "kustomization.yaml": COPY}

    assert TOOL in locked(tmp_path, files)


def test_a_custom_resource_has_its_policy_beside_the_image(tmp_path: Path) -> None:
    resource = "apiVersion: acme.io/v1\nkind: Tool\nmetadata: {name: t}\nspec:\n"
    policy = "%s  imagePullPolicy: %s\n"
    files = {
        "pod.yaml": policy % (resource + "  image: acme/tool:1\n", "Never"),
        "kustomization.yaml": "resources: [pod.yaml]\npatches: [path: patch.yaml]\n",
        "patch.yaml": policy % (resource, "Always"),
    }

    assert TOOL in locked(tmp_path, files)
    files["patch.yaml"] = policy % (resource, "Never")
    assert not locked(tmp_path, files)


def test_an_alias_in_a_container_that_pulls_is_locked(tmp_path: Path) -> None:
    pod = POD % "Never"
    pod = pod.replace('"acme', '&tool "acme') + "    - {name: b, image: *tool}\n"

    assert locked(tmp_path, {"pod.yaml": pod}) == {TOOL}
