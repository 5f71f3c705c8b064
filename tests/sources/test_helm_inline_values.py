"""Values that are written beside a chart of the project: the chart decides them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.project.project_reader import ProjectReader
from tests.oracles.written import write

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found

CHART: Final = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/values.yaml": (
        "image: {registry: quay.io, repository: acme/app, tag: '1'}\nreplicas: 1\n"
    ),
    "charts/app/templates/pod.yaml": (
        'image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}'
        ':v{{ .Values.image.tag }}-alpine"\n'
    ),
}
FLUX: Final = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n"
ARGO: Final = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n"
SKAFFOLD: Final = "apiVersion: skaffold/v4beta11\nkind: Config\n"


def found(root: Path, files: dict[str, str]) -> list[Found]:
    paths = sorted(map(PurePosixPath, files))
    write(root, files)
    reader = ProjectReader(root=root, platforms=(), list_files=lambda: paths)
    return reader.read(paths)


def locked(root: Path, files: dict[str, str]) -> set[tuple[str, str]]:
    return {
        (str(each.place.path), each.reference.familiar)
        for each in found(root, files)
        if isinstance(each, Occurrence)
    }


INLINE: Final = {
    "flux": (
        "release.yaml",
        (
            f"{FLUX}  chart: {{spec: {{chart: ./charts/app, sourceRef: {{kind:"
            " GitRepository, name: a}}}\n  values: {image: {tag: '2'}}\n"
        ),
    ),
    "argo-object": (
        "apps/app.yaml",
        (
            f"{ARGO}  source: {{path: charts/app, helm: {{valuesObject:"
            " {image: {tag: '2'}}}}\n"
        ),
    ),
    "argo-text": (
        "apps/app.yaml",
        (
            f"{ARGO}  source:\n    path: charts/app\n    helm:\n      values: |\n"
            "        image:\n          tag: '2'\n"
        ),
    ),
    "argo-parameters": (
        "apps/app.yaml",
        (
            f"{ARGO}  sources:\n  - path: charts/app\n    helm:\n      parameters:\n"
            "      - {name: image.tag, value: '2'}\n"
        ),
    ),
    "argo-set": (
        "apps/set.yaml",
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  template:\n"
            "    spec:\n      source:\n        path: charts/app\n"
            "        helm: {parameters: [{name: image.tag, value: '2'}]}\n"
        ),
    ),
    "helmfile": (
        "deploy/helmfile.yaml",
        (
            "releases:\n- name: a\n  chart: ../charts/app\n  values:\n"
            "  - image: {tag: '2'}\n"
        ),
    ),
    "helmfile-set": (
        "helmfile.yaml",
        (
            "releases:\n- name: a\n  chart: ./charts/app\n"
            "  set: [{name: image.tag, value: 2}]\n"
        ),
    ),
    "kustomize": (
        "kustomization.yaml",
        "helmCharts: [{name: app, valuesInline: {image: {tag: '2'}}}]\n",
    ),
    "skaffold": (
        "skaffold.yaml",
        (
            f"{SKAFFOLD}deploy: {{helm: {{releases: [{{name: a, chartPath: charts/app,"
            " setValues: {image.tag: '2'}}]}}\n"
        ),
    ),
    "skaffold-nested": (
        "skaffold.yaml",
        (
            f"{SKAFFOLD}manifests: {{helm: {{releases: [{{name: a, chartPath: charts/app,"
            " setValues: {image: {tag: '2'}}}]}}\n"
        ),
    ),
    "skaffold-overrides": (
        "skaffold.yaml",
        (
            f"{SKAFFOLD}profiles: [{{name: p, deploy: {{helm: {{releases: [{{name: a,"
            " chartPath: charts/app, overrides: {image: {tag: '2'}}}]}}}]\n"
        ),
    ),
}


@pytest.mark.parametrize(("path", "text"), INLINE.values(), ids=INLINE)
def test_the_chart_decides_values_that_are_written_elsewhere(
    path: str, text: str, tmp_path: Path
) -> None:
    assert locked(tmp_path, CHART | {path: text}) == {
        ("charts/app/values.yaml", "quay.io/acme/app:v1-alpine"),
        (path, "quay.io/acme/app:v2-alpine"),
    }


def test_files_of_values_are_below_those_that_are_written_inline(
    tmp_path: Path,
) -> None:
    files = CHART | {
        "helmfile.yaml": "releases:\n- chart: ./charts/app\n  values:\n"
        "  - prod.yaml\n  - image: {tag: '2'}\n",
        "prod.yaml": "image: {registry: ghcr.io}\n",
        "apps/app.yaml": f"{ARGO}  source: {{path: charts/app, helm: {{valueFiles:"
        " [test.yaml], valuesObject: {image: {tag: '3'}}}}\n",
        "charts/app/test.yaml": "image: {registry: docker.io}\n",
        "release.yaml": f"{FLUX}  chart: {{spec: {{chart: charts/app, valuesFiles:"
        " [charts/app/values.yaml, prod.yaml],"
        " sourceRef: {kind: GitRepository}}}\n"
        "  values: {image: {tag: '4'}}\n",
        "kustomization.yaml": "helmCharts: [{name: app, valuesFile: prod.yaml,"
        " valuesInline: {image: {tag: '5'}}}]\n",
    }

    images = locked(tmp_path, files)

    assert {each for each in images if each[0] != "charts/app/values.yaml"} == {
        ("helmfile.yaml", "ghcr.io/acme/app:v2-alpine"),
        ("apps/app.yaml", "acme/app:v3-alpine"),
        ("release.yaml", "ghcr.io/acme/app:v4-alpine"),
        ("kustomization.yaml", "ghcr.io/acme/app:v5-alpine"),
        ("charts/app/test.yaml", "acme/app:v3-alpine"),
        ("prod.yaml", "ghcr.io/acme/app:v2-alpine"),
        ("prod.yaml", "ghcr.io/acme/app:v4-alpine"),
        ("prod.yaml", "ghcr.io/acme/app:v5-alpine"),
    }


def test_a_value_that_the_chart_does_not_use_is_skipped(tmp_path: Path) -> None:
    text = (
        f"{FLUX}  chart: {{spec: {{chart: charts/app}}}}\n"
        "  values: {side: {image: {repository: acme/side, tag: '2'}}}\n"
    )

    everything = found(tmp_path, CHART | {"release.yaml": text})

    assert [
        each.reason.slug
        for each in everything
        if str(each.place.path) == "release.yaml" and not isinstance(each, Occurrence)
    ] == ["chart-default"]


@pytest.mark.parametrize(
    "chart",
    [
        "chart: charts/app, sourceRef: {kind: HelmRepository, name: b}",
        "chart: charts/other, sourceRef: {kind: GitRepository, name: b}",
        "chart: ../charts/app, sourceRef: {kind: GitRepository, name: b}",
    ],
)
def test_a_chart_elsewhere_decides_nothing(chart: str, tmp_path: Path) -> None:
    text = (
        f"{FLUX}  chart: {{spec: {{{chart}}}}}\n"
        "  values: {image: {repository: acme/other, tag: '2'}}\n"
    )

    images = locked(tmp_path, CHART | {"release.yaml": text})

    assert ("release.yaml", "acme/other:2") in images
