"""Patches choose objects by their labels and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.sources.kustomize.label_selector import LabelSelector
from tests.sources.test_kustomize_projects import BASE, locked

if TYPE_CHECKING:
    from pathlib import Path

LABELLED = BASE | {
    "base/web.yaml": BASE["base/web.yaml"].replace(
        "{name: web}", "{name: web, labels: {app: web}, annotations: {a/b: c}}"
    )
}
TARGET = """\
resources: [../../base]
patches:
  - target: {kind: Deployment, KEY: "SELECTOR"}
    patch: |
      - {op: replace, path: /spec/template/spec/containers/0/image, value: "r.io/web:2"}
"""


def is_replaced(root: Path, base: dict[str, str], selector: str, key: str) -> bool:
    text = TARGET.replace("KEY", key).replace("SELECTOR", selector)
    images = locked(root, base | {"overlays/prod/kustomization.yaml": text})

    return ("base/web.yaml", "my-app:latest") not in images


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=web", True),
        ("app == web", True),
        ("app in (web, api)", True),
        ("app", True),
        ("!tier", True),
        ("tier!=db,app=web", True),
        ("tier notin (db)", True),
        ("", True),
        ("app=api", False),
        ("!app", False),
        ("app notin (web)", False),
        ("app=web,tier", False),
        ("app ~ web", False),
    ],
)
def test_a_target_with_labels(tmp_path: Path, selector: str, *, expected: bool) -> None:
    assert is_replaced(tmp_path, LABELLED, selector, "labelSelector") is expected


@pytest.mark.parametrize(("selector", "expected"), [("a/b=c", True), ("a/b=d", False)])
def test_a_target_with_annotations(
    tmp_path: Path, selector: str, *, expected: bool
) -> None:
    assert is_replaced(tmp_path, LABELLED, selector, "annotationSelector") is expected


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ("labels: [{pairs: {tier: front}}]", "labelSelector"),
        ("commonLabels: {tier: front}", "labelSelector"),
        ("commonAnnotations: {tier: front}", "annotationSelector"),
    ],
)
def test_labels_of_a_kustomization_below(tmp_path: Path, keys: str, key: str) -> None:
    base = LABELLED | {"base/kustomization.yaml": f"resources: [web.yaml]\n{keys}\n"}

    assert is_replaced(tmp_path, base, "tier=front", key)


def test_a_selector_that_is_not_understood_selects_nothing() -> None:
    assert LabelSelector.parse("a ~ b") is None
    assert LabelSelector.parse("a in b") is None
