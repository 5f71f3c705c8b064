"""Bundles of Rancher Fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.model.occurrence import Skipped
from tests.sources.test_helm_inline_values import CHART, found, locked

if TYPE_CHECKING:
    from pathlib import Path

DIRECT = {
    "apps/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "apps/values.yaml": CHART["charts/app/values.yaml"],
    "apps/templates/pod.yaml": CHART["charts/app/templates/pod.yaml"],
}


def test_values_go_into_the_chart_of_the_project(tmp_path: Path) -> None:
    fleet = "helm:\n  chart: ../charts/app\n  values: {image: {tag: '2'}}\n"
    files = {**CHART, "apps/fleet.yaml": fleet}

    assert ("apps/fleet.yaml", "quay.io/acme/app:v2-alpine") in locked(tmp_path, files)


def test_a_bundle_can_be_a_chart_itself(tmp_path: Path) -> None:
    fleet = "helm:\n  releaseName: app\n  values: {image: {tag: '2'}}\n"
    files = {**DIRECT, "apps/fleet.yaml": fleet}

    assert ("apps/fleet.yaml", "quay.io/acme/app:v2-alpine") in locked(tmp_path, files)


def test_files_of_values_go_over_the_values_beside_them(tmp_path: Path) -> None:
    fleet = """\
helm:
  chart: ../charts/app
  values: {image: {repository: acme/inline, tag: '2'}}
  valuesFiles: [all/first.yaml, all/second.yaml]
"""
    files = {
        **CHART,
        "apps/fleet.yaml": fleet,
        "apps/all/first.yaml": "image: {tag: '3'}\n",
        "apps/all/second.yaml": "image: {registry: ghcr.io}\n",
    }

    assert locked(tmp_path, files) == {
        ("charts/app/values.yaml", "quay.io/acme/app:v1-alpine"),
        ("apps/fleet.yaml", "ghcr.io/acme/inline:v3-alpine"),
        ("apps/all/first.yaml", "ghcr.io/acme/inline:v3-alpine"),
        ("apps/all/second.yaml", "ghcr.io/acme/inline:v3-alpine"),
    }


def test_a_target_has_the_values_of_all_below_its_own(tmp_path: Path) -> None:
    fleet = """\
helm:
  chart: ../charts/app
  values: {image: {repository: acme/all}}
targetCustomizations:
- name: prod
  helm: {values: {image: {tag: '9'}}}
- name: test
  helm: {chart: elsewhere, repo: 'https://charts.acme.dev'}
"""
    files = {**CHART, "apps/fleet.yaml": fleet}

    assert locked(tmp_path, files) == {
        ("charts/app/values.yaml", "quay.io/acme/app:v1-alpine"),
        ("apps/fleet.yaml", "quay.io/acme/all:v1-alpine"),
        ("apps/fleet.yaml", "quay.io/acme/all:v9-alpine"),
    }


def test_without_the_chart_conventions_count(tmp_path: Path) -> None:
    fleet = """\
helm:
  chart: redis
  repo: https://charts.acme.dev
  values:
    image: {repository: acme/redis, tag: '7'}
    other: {image: {repository: acme/other, tag: '${ .ClusterLabels.tag }'}}
"""

    files = {"fleet.yaml": fleet}
    assert locked(tmp_path, files) == {("fleet.yaml", "acme/redis:7")}
    skipped = [each for each in found(tmp_path, files) if isinstance(each, Skipped)]
    assert [each.reason.slug for each in skipped] == ["variable"]


def test_charts_from_registries_are_locked(tmp_path: Path) -> None:
    fleet = """\
helm: {chart: 'oci://ghcr.io/acme/chart', version: 1.2.3}
targetCustomizations:
- helm: {repo: 'oci://ghcr.io/acme/charts', chart: web, version: 2.0.0}
"""

    assert locked(tmp_path, {"fleet.yaml": fleet}) == {
        ("fleet.yaml", "ghcr.io/acme/chart:1.2.3"),
        ("fleet.yaml", "ghcr.io/acme/charts/web:2.0.0"),
    }


def test_a_kustomization_of_a_bundle_is_built_as_it_is(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: app}]}\n"
    files = {
        "base/kustomization.yaml": "resources: [pod.yaml]\n",
        "base/pod.yaml": pod,
        "prod/kustomization.yaml": "resources: [../base]\n"
        "images: [{name: app, newName: acme/app, newTag: '1'}]\n",
    }
    assert ("base/pod.yaml", "app:latest") not in locked(tmp_path, files)

    files["fleet.yaml"] = "kustomize: {dir: base}\n"

    assert ("base/pod.yaml", "app:latest") in locked(tmp_path, files)
