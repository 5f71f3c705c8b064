"""The kinds of file that name images: one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.catalog import CatalogEntry

if TYPE_CHECKING:
    from collections.abc import Mapping


def _yaml(name: str) -> tuple[str, ...]:
    return f"{name}.yaml", f"{name}.yml"


def _yaml_or_json(name: str) -> tuple[str, ...]:
    return *_yaml(name), f"{name}.json"


def _pipeline(
    name: str, files: tuple[str, ...], mentions: tuple[str, ...] = ()
) -> CatalogEntry:
    part = f"pipelines.{name.replace('-', '_')}"
    return CatalogEntry(name, files, mentions=mentions, part=part)


_YAML: Final = _yaml("*")
_IMAGE_KEYS: Final = ("image", "Image", "repository")
_KUSTOMIZE: Final = ("kustomiz", "images", "patch", "helmCharts")
_ECS: Final = ("ontainerDefinitions", "AWS::", "AWSEBDockerrunVersion")
_UNITS: Final = (
    *(f"*.{kind}" for kind in ("container", "image", "volume", "build", "artifact")),
    *("*.kube", "*.pod", "*.d/*.conf"),
)
_IMAGES: Final = ("image", "Image")
_JOBS: Final = ("driver", "Driver", "config")

SOURCES: Final[Mapping[str, CatalogEntry]] = {
    listed.name: listed
    for listed in (
        CatalogEntry(
            "dockerfile",
            ("*dockerfile*", "*containerfile*"),
            part="dockerfile.dockerfile",
        ),
        CatalogEntry("devcontainer", ("devcontainer.json", ".devcontainer.json")),
        CatalogEntry("quadlet", _UNITS, mentions=("[",), part="podman.quadlet"),
        CatalogEntry(
            "image-list", ("*images*.txt", "*image*list*.txt"), mentions=("/",)
        ),
        _pipeline("github-actions", (*_yaml("workflows/*"), *_yaml("action"))),
        CatalogEntry(
            "gitlab-ci",
            (
                *_yaml("*gitlab-ci*"),
                *_yaml(".gitlab-ci/*"),
                *_yaml(".gitlab-ci/*/*"),
                *_yaml(".gitlab/ci/*"),
                *_yaml(".gitlab/ci/*/*"),
            ),
            part="gitlab_ci.gitlab_ci",
        ),
        _pipeline("circleci", (*_yaml(".circleci/*"), *_yaml(".circleci/*/*"))),
        _pipeline("bitbucket", _yaml("bitbucket-pipelines")),
        _pipeline("drone", _yaml("*.drone")),
        _pipeline(
            "woodpecker",
            (*_yaml(".woodpecker"), *_yaml(".woodpecker/*"), *_yaml(".woodpecker/*/*")),
        ),
        CatalogEntry(
            "buildkite",
            (
                *_yaml_or_json("*buildkite"),
                *_yaml_or_json(".buildkite/*"),
                *_yaml_or_json(".buildkite/*/*"),
            ),
        ),
        _pipeline("cloud-build", _yaml_or_json("*cloudbuild*")),
        CatalogEntry("azure-pipelines", _YAML, mentions=("container", "vmImage")),
        CatalogEntry(
            "concourse",
            _YAML,
            mentions=("image_resource", "registry-image", "docker-image"),
        ),
        CatalogEntry("ko", (".ko.yaml", ".ko.yml")),
        CatalogEntry("helm-chart", ("chart.yaml",), part="helm.chart"),
        CatalogEntry("helmfile", ("helmfile*", "helmfile.d/*"), part="helm.helmfile"),
        CatalogEntry(
            "helm-template", (*_YAML, "*.tpl"), mentions=("{{",), part="helm.template"
        ),
        CatalogEntry(
            "helm-values",
            ("values*", "*values.y*ml"),
            mentions=_IMAGE_KEYS,
            part="helm.values",
        ),
        CatalogEntry(
            "bake",
            ("*bake*.hcl", "*bake*.json"),
            mentions=("target",),
            part="bake.bake",
        ),
        CatalogEntry(
            "terraform",
            ("*.tf", "*.tofu", "*.tf.json", "*.tofu.json"),
            _IMAGES,
            part="terraform.terraform",
        ),
        CatalogEntry(
            "nomad", ("*.nomad", "*.nomad.tpl", "*.hcl", "*.json"), mentions=_JOBS
        ),
        CatalogEntry(
            "compose",
            (*_YAML, "*compose*.json"),
            mentions=("services", "image"),
            part="compose.compose",
        ),
        CatalogEntry(
            "ansible",
            _YAML,
            mentions=("docker_", "podman_", "k8s"),
            part="ansible.ansible",
        ),
        CatalogEntry("skaffold", _YAML, mentions=("skaffold/",)),
        CatalogEntry("ecs", (*_YAML, "*.json", "*.template"), mentions=_ECS),
        CatalogEntry(
            "kustomize",
            (*_YAML, "kustomization"),
            mentions=_KUSTOMIZE,
            part="kustomize.kustomize",
        ),
        CatalogEntry(
            "kubernetes",
            (*_YAML, "*.json"),
            mentions=("apiVersion",),
            part="kubernetes.kubernetes",
        ),
    )
}
"""Every source by the name of its format; the first that matches reads a file."""
