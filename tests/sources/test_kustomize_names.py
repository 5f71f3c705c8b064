"""Patches find objects by the names that Kustomize gives them, and by their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.test_kustomize_projects import BASE, DEPLOYMENT, locked

if TYPE_CHECKING:
    from pathlib import Path

PREFIXED = BASE | {
    "base/kustomization.yaml": (
        "resources: [web.yaml]\nnamePrefix: acme-\nnameSuffix: -v1\n"
    ),
}
PATCH = "patches: [{path: patch.yaml}]\nresources: [../../base]\n"
TARGET = """\
resources: [../../base]
patches:
  - target: {kind: Deployment, name: NAME}
    patch: |
      - {op: replace, path: /spec/template/spec/containers/0/image, value: "r.io/web:2"}
"""
TRANSFORMER = """\
apiVersion: builtin
kind: PrefixTransformer
metadata: {name: prefix}
prefix: acme-
fieldSpecs: [{path: metadata/name}]
"""
NAMES = ["web", "acme-web-v1"]


@pytest.mark.parametrize("name", [*NAMES, "acme-.*"])
def test_a_target_is_found_by_each_name(tmp_path: Path, name: str) -> None:
    files = PREFIXED | {
        "overlays/prod/kustomization.yaml": TARGET.replace("NAME", name)
    }

    assert locked(tmp_path, files) == {
        ("overlays/prod/kustomization.yaml", "r.io/web:2")
    }


@pytest.mark.parametrize("name", NAMES)
def test_an_object_is_merged_by_each_name(tmp_path: Path, name: str) -> None:
    patch = (DEPLOYMENT % "r.io/web:2").replace("{name: web}", f"{{name: {name}}}")
    files = PREFIXED | {
        "overlays/prod/kustomization.yaml": PATCH,
        "overlays/prod/patch.yaml": patch,
    }

    assert locked(tmp_path, files) == {("overlays/prod/patch.yaml", "r.io/web:2")}


def test_another_name_is_not_found(tmp_path: Path) -> None:
    text = TARGET.replace("NAME", "web-v1")
    files = PREFIXED | {"overlays/prod/kustomization.yaml": text}

    assert ("base/web.yaml", "my-app:latest") in locked(tmp_path, files)


def test_names_grow_from_layer_to_layer(tmp_path: Path) -> None:
    files = PREFIXED | {
        "middle/kustomization.yaml": "resources: [../base]\nnamePrefix: eu-\n",
        "overlays/prod/kustomization.yaml": TARGET.replace(
            "NAME", "eu-acme-web-v1"
        ).replace("../../base", "../../middle"),
    }

    assert locked(tmp_path, files) == {
        ("overlays/prod/kustomization.yaml", "r.io/web:2")
    }


def test_a_kustomization_patches_before_it_gives_names(tmp_path: Path) -> None:
    text = TARGET.replace("NAME", "acme-web") + "namePrefix: acme-\n"
    files = BASE | {"overlays/prod/kustomization.yaml": text}

    assert ("base/web.yaml", "my-app:latest") in locked(tmp_path, files)


def test_a_transformer_gives_names(tmp_path: Path) -> None:
    files = BASE | {
        "base/kustomization.yaml": "resources: [web.yaml]\ntransformers: [prefix.yaml]\n",
        "base/prefix.yaml": TRANSFORMER,
        "overlays/prod/kustomization.yaml": TARGET.replace("NAME", "acme-web"),
    }

    assert locked(tmp_path, files) == {
        ("overlays/prod/kustomization.yaml", "r.io/web:2")
    }


@pytest.mark.parametrize(
    ("name", "is_kept"), [("a-web", True), ("b-web", True), ("(a|b)-web", False)]
)
def test_a_base_that_is_built_twice_is_two_objects(
    tmp_path: Path, name: str, *, is_kept: bool
) -> None:
    files = BASE | {
        "a/kustomization.yaml": "resources: [../base]\nnamePrefix: a-\n",
        "b/kustomization.yaml": "resources: [../base]\nnamePrefix: b-\n",
        "overlays/prod/kustomization.yaml": TARGET.replace("NAME", name).replace(
            "../../base", "../../a, ../../b"
        ),
    }
    images = locked(tmp_path, files)

    assert ("overlays/prod/kustomization.yaml", "r.io/web:2") in images
    assert (("base/web.yaml", "my-app:latest") in images) is is_kept


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [("web", False), ("acme-web-v1", True), ("x-acme-web-v1", False)],
)
def test_late_patches_see_the_names_of_their_kustomization(
    tmp_path: Path, name: str, *, is_kept: bool
) -> None:
    text = TARGET.replace("patches:", "patchesJson6902:").replace("NAME", name)
    files = PREFIXED | {"overlays/prod/kustomization.yaml": f"{text}namePrefix: x-\n"}

    images = locked(tmp_path, files)
    assert (("base/web.yaml", "my-app:latest") in images) is is_kept


def test_an_object_without_a_name_gets_none(tmp_path: Path) -> None:
    files = PREFIXED | {
        "base/web.yaml": BASE["base/web.yaml"].replace("metadata: {name: web}\n", ""),
        "overlays/prod/kustomization.yaml": TARGET.replace("NAME", "acme--v1"),
    }

    assert ("base/web.yaml", "my-app:latest") in locked(tmp_path, files)
