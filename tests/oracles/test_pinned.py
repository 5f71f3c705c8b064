"""Pinned files: the real programs accept them, and pull the locked digests."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from tests.oracles.compose_runs import images_of as compose_images
from tests.oracles.running import buildkit, compose
from tests.oracles.workloads import all_documents, images_of
from tests.support.locked import digest_of, save
from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.conftest import Run

pytestmark = pytest.mark.integration

DOCKERFILE: Final = """\
# syntax=docker/dockerfile:1
ARG REGISTRY=docker.io
ARG VERSION=3.20
FROM --platform=$BUILDPLATFORM golang:1.23 AS build
RUN --mount=type=bind,from=busybox,target=/b true
FROM ${REGISTRY}/library/alpine:${VERSION} AS \\
  base
COPY --from=quay.io/acme/tools:v1 /t /t
COPY --from=build /a /a
FROM base
"""
COMPOSE: Final = """\
x-shared: &shared
  image: redis:7
services:
  web: {image: "nginx:1.27", labels: {a: b}}
  cache:
    <<: *shared
  again: *shared
  db:
    image: ${DB:-postgres:17}
  folded:
    image: >-
      quay.io/acme/tools:v1
  files:
    image: 'busybox'
    volumes:
      - {type: image, source: alpine:3.20, target: /f}
  app:
    build:
      context: .
      additional_contexts: {base: "docker-image://golang:1.23"}
      dockerfile_inline: |
        FROM base
        COPY --from=busybox:1 / /
"""
CHART: Final = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "values.yaml": """\
image:
  repository: nginx
  tag: "1.27"
sidecar:
  registry: quay.io
  repository: acme/tools
  tag: v1
  digest: ""
init: busybox:1
""",
    "templates/pod.yaml": """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
    - {name: i, image: {{ .Values.init | quote }}}
  containers:
    - name: a
      image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
    - name: b
      {{- with .Values.sidecar }}
      image: "{{ .registry }}/{{ .repository }}:{{ .tag }}{{ with .digest }}@{{ . }}{{ end }}"
      {{- end }}
""",
}
OVERLAY: Final = {
    "base/kustomization.yaml": "resources: [pod.yaml]\n",
    "base/pod.yaml": """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers: [{name: i, image: "busybox:1"}]
  containers:
    - {name: a, image: nginx}
    - name: b
      image: quay.io/acme/tools:v1
""",
    "kustomization.yaml": """\
resources: [base]
images:
  - name: nginx
    newTag: "1.27"
""",
}
NAMES: Final = (
    *("nginx:1.27", "redis:7", "postgres:17", "busybox", "busybox:1", "golang:1.23"),
    *("alpine:3.20", "quay.io/acme/tools:v1", "docker/dockerfile:1"),
)
DIGESTS: Final = {str(digest_of(name)): name for name in NAMES}


@pytest.fixture
def pinned(project: Path, imagelock: Run) -> Path:
    """Return a project whose files are all pinned."""
    files = {"Dockerfile": DOCKERFILE, "compose.yaml": COMPOSE}
    files |= {f"chart/{name}": text for name, text in CHART.items()}
    files |= {f"k8s/{name}": text for name, text in OVERLAY.items()}
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    save(project, *NAMES)
    result = imagelock("pin", "--variables")
    assert result.exit_code == 0, result.err
    assert "not pinned" not in result.out + result.err
    return project


def locked_names(images: Iterable[str]) -> set[str]:
    """Return the names of the lock for pulled *images*, all of which have a digest."""
    return {DIGESTS[image.partition("@")[2]] for image in images}


def built(*command: str | Path) -> set[str]:
    """Return the images of the manifests that *command* prints."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return locked_names(images_of(all_documents(done.stdout)))


def test_buildkit_pulls_the_pinned_digests(pinned: Path) -> None:
    text = (pinned / "Dockerfile").read_text()
    (answer,) = buildkit([{"dockerfile": text, "platforms": ["linux/amd64"]}])

    assert locked_names(answer["images"]) == {
        *("docker/dockerfile:1", "golang:1.23", "alpine:3.20"),
        *("busybox", "quay.io/acme/tools:v1"),
    }


def test_compose_pulls_the_pinned_digests(pinned: Path) -> None:
    (answer,) = compose([{"folder": str(pinned)}])

    assert locked_names(compose_images(answer)) == {
        *("nginx:1.27", "redis:7", "postgres:17", "busybox", "busybox:1"),
        *("golang:1.23", "alpine:3.20", "quay.io/acme/tools:v1"),
    }


@pytest.mark.parametrize("program", ["helm", "helm3"])
def test_helm_renders_the_pinned_digests(pinned: Path, program: str) -> None:
    assert built(need(program), "template", "shop", pinned / "chart") == {
        *("nginx:1.27", "busybox:1", "quay.io/acme/tools:v1"),
    }


def test_kustomize_builds_the_pinned_digests(pinned: Path) -> None:
    assert built(need("kubectl"), "kustomize", pinned / "k8s") == {
        *("nginx:1.27", "busybox:1", "quay.io/acme/tools:v1"),
    }
