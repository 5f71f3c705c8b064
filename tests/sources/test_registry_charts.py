"""Charts in registries that Kubernetes objects install."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.kubernetes import kubernetes

PATH = PurePosixPath("clusters/prod/podinfo/release.yaml")
CHART = "ghcr.io/acme/charts/podinfo"
D = f"sha256:{'a' * 64}"


def found(text: str, files: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Return what is found in *text*, a manifest beside *files*, and where."""
    others = {PurePosixPath(path): Text(other) for path, other in (files or {}).items()}
    context = Context(
        read=others.get,
        platforms=(),
        files_below=lambda folder: tuple(
            sorted(path for path in (*others, PATH) if path.is_relative_to(folder))
        ),
    )
    findings = list(kubernetes.find(PATH, Text(text), context))
    for finding in findings:
        place = finding.place
        assert text.encode()[place.span.start : place.span.end].decode() == place.text
        if isinstance(finding, Occurrence) and "podinfo" in str(finding.reference):
            assert "takes no digest" in (finding.unpinnable_reason or "")
    return [
        (
            finding.place.location,
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in findings
    ]


def kind(api: str, kind: str, spec: str, namespace: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a{place}}}\nspec: {spec}\n"
    )


ARGO = "argoproj.io/v1alpha1"
HELM = "helm.toolkit.fluxcd.io/v2"
SOURCE = "source.toolkit.fluxcd.io/v1"
SVELTOS = "config.projectsveltos.io/v1beta1"
K0S = f"{{extensions: {{helm: {{charts: [{{chartname: 'oci://{CHART}', version: 6.0.0}}]}}}}}}"


@pytest.mark.parametrize(
    ("text", "location"),
    [
        (
            kind(
                ARGO,
                "Application",
                "{source: {repoURL: ghcr.io/acme/charts, chart: podinfo,"
                " targetRevision: 6.0.0}}",
            ),
            "spec.source.targetRevision",
        ),
        (
            kind(
                ARGO,
                "Application",
                "{sources: [{repoURL: 'https://github.com/acme/x', path: y},"
                f" {{repoURL: 'oci://{CHART}', path: ., targetRevision: 6.0.0}}]}}",
            ),
            "spec.sources[1].targetRevision",
        ),
        (
            kind(
                ARGO,
                "ApplicationSet",
                "{template: {spec: {source: {repoURL: 'ghcr.io/acme/charts/',"
                " chart: podinfo, targetRevision: v6.0.0}}}}",
            ),
            "spec.template.spec.source.targetRevision",
        ),
        (
            kind(
                "helm.crossplane.io/v1beta1",
                "Release",
                "{forProvider: {chart: {repository: 'oci://ghcr.io/acme/charts',"
                " name: podinfo, version: 6.0.0}}}",
            ),
            "spec.forProvider.chart.version",
        ),
        (
            kind(
                "helm.cattle.io/v1",
                "HelmChart",
                f"{{chart: 'oci://{CHART}', version: 6.0.0}}",
            ),
            "spec.version",
        ),
        (
            kind(
                SVELTOS,
                "ClusterProfile",
                "{helmCharts: [{repositoryURL: 'https://charts.acme.example',"
                " chartName: acme/other, chartVersion: 1.0.0},"
                " {repositoryURL: 'oci://ghcr.io/acme/charts',"
                " chartName: podinfo, chartVersion: 6.0.0}]}",
            ),
            "spec.helmCharts[1].chartVersion",
        ),
        (
            kind(
                "addons.cluster.x-k8s.io/v1alpha1",
                "HelmChartProxy",
                "{repoURL: 'oci://ghcr.io/acme/charts', chartName: podinfo,"
                " version: 6.0.0}",
            ),
            "spec.version",
        ),
        (
            kind("k0s.k0sproject.io/v1beta1", "ClusterConfig", K0S),
            "spec.extensions.helm.charts[0].version",
        ),
        (
            kind(
                "k0sctl.k0sproject.io/v1beta1",
                "Cluster",
                f"{{k0s: {{config: {{spec: {K0S}}}}}}}",
            ),
            "spec.k0s.config.spec.extensions.helm.charts[0].version",
        ),
    ],
)
def test_a_chart_from_a_registry_is_found(text: str, location: str) -> None:
    version = "v6.0.0" if "v6.0.0" in text else "6.0.0"

    assert found(text) == [(location, f"{CHART}:{version}")]


def application(revision: str, repository: str = f"oci://{CHART}") -> str:
    source = f"{{repoURL: '{repository}', path: ., targetRevision: {revision}}}"
    return kind(ARGO, "Application", f"{{source: {source}}}")


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("latest", f"{CHART}:latest"),
        (D, f"{CHART}@{D}"),
        ("6.0.0+build.1", f"{CHART}:6.0.0_build.1"),
        ("'6.*'", "constraint"),
        ("6.x", "constraint"),
        ("'>=6.0.0 <7'", "constraint"),
        ("''", "constraint"),
        ("'{{ .version }}'", "template"),
        ("$ARGOCD_APP_REVISION", "variable"),
    ],
)
def test_the_revisions_of_an_artifact(revision: str, expected: str) -> None:
    assert [what for _, what in found(application(revision))] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        application("6.0.0", "https://charts.acme.example"),
        application("6.0.0", "ghcr.io/acme/charts"),  # no `chart`: not Helm's
        kind(
            ARGO,
            "Application",
            "{source: {repoURL: 'git@github.com:acme/x', chart: y, targetRevision: 1.0.0}}",
        ),
        kind(
            ARGO,
            "Application",
            "{source: {repoURL: 'https://charts.acme.example', chart: podinfo,"
            " targetRevision: 6.0.0}}",
        ),
        kind(
            ARGO,
            "Application",
            "{source: {repoURL: local, chart: podinfo, targetRevision: 6.0.0}}",
        ),
        kind("helm.cattle.io/v1", "HelmChart", "{chart: stable/x, version: 6.0.0}"),
        kind(
            "helm.crossplane.io/v1beta1",
            "Release",
            "{forProvider: {chart: {repository: 'oci://ghcr.io/acme'}}}",
        ),
    ],
)
def test_other_charts_are_no_images(text: str) -> None:
    assert found(text) == []


def release(
    name: str = "acme", namespace: str = "", reference: str = "", version: str = "6.0.0"
) -> str:
    where = f", namespace: {reference}" if reference else ""
    version = f", version: {version}" if version else ""
    return kind(
        HELM,
        "HelmRelease",
        f"{{chart: {{spec: {{chart: podinfo{version},"
        f" sourceRef: {{kind: HelmRepository, name: {name}{where}}}}}}}}}",
        namespace,
    )


def repository(
    url: str = "oci://ghcr.io/acme/charts", namespace: str = "", name: str = "acme"
) -> str:
    text = kind(SOURCE, "HelmRepository", f"{{url: '{url}'}}", namespace)
    return text.replace("name: a", f"name: {name}", 1)


AT = "spec.chart.spec.version"


@pytest.mark.parametrize(
    "path",
    [
        "clusters/prod/podinfo/charts.yaml",
        "infrastructure/acme.yaml",
        "infrastructure/helm/acme-charts.yml",
        "flux/repositories/all.yaml",
        "flux/sources/charts.yaml",
        "flux/helmrepository.yaml",
    ],
)
def test_the_repository_of_a_release_is_in_another_file(path: str) -> None:
    assert found(release(), {path: repository()}) == [(AT, f"{CHART}:6.0.0")]


def test_the_repository_of_a_release_is_in_the_same_file() -> None:
    text = f"{repository(name='other', url='oci://x.example/y')}---\n{repository()}"

    assert found(f"{release()}---\n{text}") == [(AT, f"{CHART}:6.0.0")]
    chart = kind(
        SOURCE,
        "HelmChart",
        "{chart: podinfo, version: 6.0.0,"
        " sourceRef: {kind: HelmRepository, name: acme}}",
    )
    assert found(f"{chart}---\n{text}") == [("spec.version", f"{CHART}:6.0.0")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (release(namespace="apps"), "ghcr.io/apps/podinfo:6.0.0"),
        (release(namespace="apps", reference="flux"), "ghcr.io/flux/podinfo:6.0.0"),
        (release(reference="flux"), "ghcr.io/flux/podinfo:6.0.0"),
    ],
)
def test_the_namespace_of_a_repository_counts(text: str, expected: str) -> None:
    both = (
        f"{repository('oci://ghcr.io/apps', 'apps')}---\n"
        f"{repository('oci://ghcr.io/flux', 'flux')}"
    )

    assert found(text, {"flux/repositories.yaml": both}) == [(AT, expected)]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"elsewhere/other.yaml": repository()},
        {"flux/repositories.yaml": repository("https://charts.acme.example")},
        {"flux/repositories.yaml": repository(name="other")},
        {"flux/repositories.yaml": "kind: HelmRepository\nurl: [\n"},
    ],
)
def test_a_repository_that_is_no_registry_or_not_found(files: dict[str, str]) -> None:
    assert found(release(), files) == []


def test_a_release_without_a_version_takes_the_newest() -> None:
    files = {"flux/repositories.yaml": repository()}

    assert found(release(version=""), files) == [
        ("spec.chart.spec.chart", "constraint")
    ]
    assert found(release(version="'>=6.0.0'"), files) == [(AT, "constraint")]


def test_values_are_found_beside_the_chart() -> None:
    text = kind(
        ARGO,
        "Application",
        "{source: {repoURL: ghcr.io/acme/charts, chart: podinfo, targetRevision: 6.0.0,"
        " helm: {valuesObject: {image: {repository: a/b, tag: '1'}}}}}",
    )

    assert [what for _, what in found(text)] == [f"{CHART}:6.0.0", "a/b:1"]
