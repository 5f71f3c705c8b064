"""A replacement copies a value over an image, which is then not pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.test_kustomize_projects import BASE, locked, skipped

if TYPE_CHECKING:
    from pathlib import Path

REPLACEMENT = """\
- source: {kind: ConfigMap, name: images, fieldPath: data.web}
  targets:
    - select: {kind: Deployment, name: web}
      fieldPaths: ["PATH"]
"""
FIELD = "spec.template.spec.containers.[name=web].image"
OVERLAY = "overlays/prod/kustomization.yaml"
IMAGE = ("base/web.yaml", "my-app:latest")


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        (FIELD, False),
        ("spec.template.spec.containers.*.image", False),
        ("spec.template.spec.containers.0.image", False),
        ("spec.template.spec.containers.1.image", True),
        ("spec.template.spec.containers.[name=other].image", True),
        ("spec.template.spec.initContainers.*.image", True),
        ("metadata.annotations.image", True),
    ],
)
def test_the_image_that_is_overwritten_is_not_pulled(
    tmp_path: Path, path: str, *, is_kept: bool
) -> None:
    entry = REPLACEMENT.replace("PATH", path)
    files = BASE | {OVERLAY: f"resources: [../../base]\nreplacements:\n{entry}"}

    assert (IMAGE in locked(tmp_path, files)) is is_kept


@pytest.mark.parametrize(
    ("keys", "name", "text"),
    [
        ("replacements: [{path: copy.yaml}]", "copy.yaml", REPLACEMENT),
        ("replacements: [{path: copy.yaml}]", "copy.yaml", REPLACEMENT[2:]),
        (
            "transformers: [copy.yaml]",
            "copy.yaml",
            "apiVersion: builtin\nkind: ReplacementTransformer\nreplacements:\n"
            + REPLACEMENT,
        ),
    ],
)
def test_replacements_in_other_files(
    tmp_path: Path, keys: str, name: str, text: str
) -> None:
    text = text.replace("PATH", FIELD)
    if text.startswith("source"):
        text = text.replace("\n  ", "\n")
    files = BASE | {
        OVERLAY: f"resources: [../../base]\n{keys}\n",
        f"overlays/prod/{name}": text,
    }

    assert locked(tmp_path, files) == set()
    assert ("base/web.yaml", "my-app", "replaced-by-kustomize") in skipped(
        tmp_path, files
    )


@pytest.mark.parametrize("more", ["      reject: [{name: web}]\n", ""])
def test_a_target_that_is_not_certain_changes_nothing(
    tmp_path: Path, more: str
) -> None:
    entry = REPLACEMENT.replace("PATH", FIELD)
    entry = (
        entry + more if more else entry.replace("{kind: Deployment, name: web}", "x")
    )
    files = BASE | {OVERLAY: f"resources: [../../base]\nreplacements:\n{entry}"}

    assert IMAGE in locked(tmp_path, files)
