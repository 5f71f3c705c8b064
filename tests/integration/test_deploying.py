"""`render` inside deployment tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.locked import digest_of, save
from tests.support.programs import need

pytestmark = pytest.mark.integration

PLUGIN = Path(__file__).parents[2] / "integrations/helm"
IMAGE = f"nginx:1.27@{digest_of('nginx:1.27')}"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "nginx:1.27"}
"""
FUNCTION = """\
apiVersion: imagelock/v1
kind: Render
metadata:
  name: digests
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./imagelock-render}
"""


@pytest.fixture
def shop(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a manifest and a chart; `imagelock` is on the `PATH`."""
    program(tmp_path / "bin/imagelock", f'"{sys.executable}" -m imagelock "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    templates = project / "chart/templates"
    templates.mkdir(parents=True)
    (project / "pod.yaml").write_text(POD)
    (templates / "pod.yaml").write_text(POD)
    (project / "chart/Chart.yaml").write_text(
        "{apiVersion: v2, name: web, version: 1.0.0}\n"
    )
    save(project, "nginx:1.27")
    return project


def program(path: Path, command: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\nexec {command}\n")
    path.chmod(0o755)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)


def post_renderer(
    helm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, ...]:
    """Return the options for this version of Helm."""
    if run(helm, "version", "--short").stdout.startswith("v3"):
        return "--post-renderer", "imagelock", "--post-renderer-args", "render"
    shutil.copytree(PLUGIN, tmp_path / "plugins/imagelock")
    monkeypatch.setenv("HELM_PLUGINS", str(tmp_path / "plugins"))
    return "--post-renderer", "imagelock"


@pytest.mark.parametrize("name", ["helm3", "helm"])
def test_helm_runs_render_as_its_post_renderer(
    name: str, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helm = need(name)
    options = post_renderer(helm, tmp_path, monkeypatch)

    done = run(helm, "template", "r", "chart", *options)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["spec"]["containers"][0]["image"] == IMAGE
    save(shop)
    done = run(helm, "template", "r", "chart", *options)
    # Helm 4 keeps to itself what a plugin says.
    assert done.returncode != 0
    assert done.stdout == ""
    assert "post render" in done.stderr


def test_kustomize_runs_render_as_a_function(shop: Path) -> None:
    kustomize = need("kustomize")
    program(shop / "imagelock-render", "imagelock render")
    (shop / "digests.yaml").write_text(FUNCTION)
    (shop / "kustomization.yaml").write_text(
        "resources: [pod.yaml]\ntransformers: [digests.yaml]\n"
    )
    build = (kustomize, "build", "--enable-alpha-plugins", "--enable-exec", ".")

    done = run(*build)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["spec"]["containers"][0]["image"] == IMAGE
    save(shop)
    done = run(*build)
    assert done.returncode != 0
    assert "not in the lockfile" in done.stderr
