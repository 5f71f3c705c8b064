"""`pin` and `update --bump` in the files of kustomizations, by the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import AMD64, ARM64, Run
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: "app:1.25"}]}}}
"""
PATCH = '[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "nginx:1.25"}]\n'
TRANSFORMER = """\
apiVersion: builtin
kind: ImageTagTransformer
metadata: {name: images}
imageTag: {name: app, newName: nginx, newTag: "1.25"}
"""
INLINE = "resources: [base.yaml]\ntransformers:\n- |-\n" + "".join(
    f"  {line}\n" for line in TRANSFORMER.splitlines()
)
FILES = {
    "patch": {
        "kustomization.yaml": "resources: [base.yaml]\n"
        "patches: [{path: patch.json, target: {kind: Deployment}}]\n",
        "patch.json": PATCH,
    },
    "transformer": {
        "kustomization.yaml": "resources: [base.yaml]\ntransformers: [t.yaml]\n",
        "t.yaml": TRANSFORMER,
    },
    "inline transformer": {"kustomization.yaml": INLINE},
    "component": {
        "kustomization.yaml": "resources: [base.yaml]\ncomponents: [c]\n",
        "c/kustomization.yaml": "kind: Component\n"
        'images: [{name: app, newName: nginx, newTag: "1.25"}]\n',
    },
    "overlay": {
        "kustomization.yaml": "resources: [base.yaml]\n"
        "images: [{name: app, newName: nginx}]\n",
        "prod/kustomization.yaml": "resources: [..]\n"
        'images: [{name: nginx, newTag: "1.25"}]\n',
    },
    "values": {
        "kustomization.yaml": "helmCharts: [{name: a, valuesFile: settings.yaml}]\n",
        "settings.yaml": 'image: {repository: nginx, tag: "1.25"}\n',
    },
}


@pytest.fixture(params=FILES)
def tree(
    request: pytest.FixtureRequest, project: Path, address: str, hub: MemoryRegistry
) -> Path:
    for tag in ("1.25", "1.27"):
        hub.push_image("library/nginx", tag, [AMD64, ARM64], salts=tag)
    files = FILES[request.param]
    if request.param != "values":
        files = files | {"base.yaml": DEPLOYMENT}
    for path, text in files.items():
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
    configure(project, address)
    return project


def content(tree: Path) -> str:
    paths = sorted(
        path for path in tree.rglob("*") if path.suffix in {".yaml", ".json"}
    )
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def test_a_newer_tag_is_written_where_the_image_is_decided(
    tree: Path, imagelock: Run
) -> None:
    before = content(tree)
    assert imagelock("lock").exit_code == 0
    assert imagelock("update", "--bump", "minor").exit_code == 0

    changed = [
        (old, new)
        for old, new in zip(
            before.splitlines(), content(tree).splitlines(), strict=True
        )
        if old != new
    ]
    assert len(changed) == 1
    assert changed[0][1] == changed[0][0].replace("1.25", "1.27")
    assert imagelock("verify", "--offline").exit_code == 0


def test_a_digest_is_written_there_and_taken_out_again(
    tree: Path, imagelock: Run
) -> None:
    before = content(tree)
    imagelock("lock")
    assert imagelock("pin").exit_code == 0
    assert content(tree).count("1.25@sha256:") == 1
    assert imagelock("verify", "--offline").exit_code == 0

    imagelock("unpin")
    assert content(tree) == before


def test_a_tag_from_a_manifest_is_left_alone(
    project: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    for tag in ("1.25", "1.27"):
        hub.push_image("acme/app", tag, [AMD64, ARM64], salts=tag)
    (project / "base.yaml").write_text(DEPLOYMENT)
    kustomization = "resources: [base.yaml]\nimages: [{name: app, newName: acme/app}]\n"
    (project / "kustomization.yaml").write_text(kustomization)
    configure(project, address)
    assert imagelock("lock").exit_code == 0

    imagelock("pin")
    result = imagelock("update", "--bump", "minor")

    assert content(project) == DEPLOYMENT + kustomization
    assert "kustomization.yaml:2" in result.err + result.out
