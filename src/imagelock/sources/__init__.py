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

SOURCES: Final[Mapping[str, Listed]] = {
    listed.name: listed
    for listed in (
        Listed("dockerfile", ("*dockerfile*", "*containerfile*")),
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
        Listed("compose", (*_YAML, "*compose*.json"), mentions=("services", "image")),
        Listed("kustomize", (*_YAML, "kustomization"), mentions=("kustomiz", "images")),
        Listed("kubernetes", (*_YAML, "*.json"), mentions=("apiVersion",)),
    )
}
"""Every source by the name of its format; the first that matches reads a file."""
