"""The kinds of file that name images: one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.listed import Listed

if TYPE_CHECKING:
    from collections.abc import Mapping


def _yaml(name: str) -> tuple[str, ...]:
    return f"{name}.yaml", f"{name}.yml"


def _yaml_or_json(name: str) -> tuple[str, ...]:
    return *_yaml(name), f"{name}.json"


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

SOURCES: Final[Mapping[str, Listed]] = {
    listed.name: listed
    for listed in (
        Listed("dockerfile", ("*dockerfile*", "*containerfile*")),
        Listed("devcontainer", ("devcontainer.json", ".devcontainer.json")),
        Listed("quadlet", _UNITS, mentions=("[",)),
        Listed("image-list", ("*images*.txt", "*image*list*.txt"), mentions=("/",)),
        Listed("github-actions", (*_yaml("workflows/*"), *_yaml("action"))),
        Listed(
            "gitlab-ci",
            (
                *_yaml("*gitlab-ci*"),
                *_yaml(".gitlab-ci/*"),
                *_yaml(".gitlab-ci/*/*"),
                *_yaml(".gitlab/ci/*"),
                *_yaml(".gitlab/ci/*/*"),
            ),
        ),
        Listed("circleci", (*_yaml(".circleci/*"), *_yaml(".circleci/*/*"))),
        Listed("bitbucket", _yaml("bitbucket-pipelines")),
        Listed("drone", _yaml("*.drone")),
        Listed(
            "woodpecker",
            (*_yaml(".woodpecker"), *_yaml(".woodpecker/*"), *_yaml(".woodpecker/*/*")),
        ),
        Listed(
            "buildkite",
            (
                *_yaml_or_json("*buildkite"),
                *_yaml_or_json(".buildkite/*"),
                *_yaml_or_json(".buildkite/*/*"),
            ),
        ),
        Listed("cloud-build", _yaml_or_json("*cloudbuild*")),
        Listed("azure-pipelines", _YAML, mentions=("container", "vmImage")),
        Listed(
            "concourse",
            _YAML,
            mentions=("image_resource", "registry-image", "docker-image"),
        ),
        Listed("ko", (".ko.yaml", ".ko.yml")),
        Listed("helm-chart", ("chart.yaml",)),
        Listed("helmfile", ("helmfile*", "helmfile.d/*")),
        Listed("helm-template", (*_YAML, "*.tpl"), mentions=("{{",)),
        Listed("helm-values", ("values*", "*values.y*ml"), mentions=_IMAGE_KEYS),
        Listed("bake", ("*bake*.hcl", "*bake*.json"), mentions=("target",)),
        Listed("terraform", ("*.tf", "*.tofu", "*.tf.json", "*.tofu.json"), _IMAGES),
        Listed("nomad", ("*.nomad", "*.nomad.tpl", "*.hcl", "*.json"), mentions=_JOBS),
        Listed("compose", (*_YAML, "*compose*.json"), mentions=("services", "image")),
        Listed("ansible", _YAML, mentions=("docker_", "podman_", "k8s")),
        Listed("skaffold", _YAML, mentions=("skaffold/",)),
        Listed("ecs", (*_YAML, "*.json", "*.template"), mentions=_ECS),
        Listed("kustomize", (*_YAML, "kustomization"), mentions=_KUSTOMIZE),
        Listed("kubernetes", (*_YAML, "*.json"), mentions=("apiVersion",)),
    )
}
"""Every source by the name of its format; the first that matches reads a file."""
