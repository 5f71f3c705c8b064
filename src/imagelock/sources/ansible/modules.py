"""Ansible modules that run or pull images, and the arguments with the images."""

from __future__ import annotations

from typing import Final

from imagelock.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Module:
    """The arguments of a module.

    `path` is a pattern of `paths.select` from its arguments to the name. With
    `has_tag`, a key `tag` beside the name completes it. With `is_podman`, Podman
    resolves the name. With `is_build`, the module only builds.
    """

    path: str
    has_tag: bool = False
    is_podman: bool = False
    is_build: bool = False


_COLLECTIONS: Final = frozenset(
    {
        "community.docker",
        "community.general",
        "community.kubernetes",
        "containers.podman",
        "kubernetes.core",
    }
)
_MODULES: Final = {
    "docker_compose": Module("definition.services.*.image"),
    "docker_compose_v2": Module("definition.services.*.image"),
    "docker_container": Module("image"),
    "docker_image": Module("name", has_tag=True),
    "docker_image_build": Module("name", has_tag=True, is_build=True),
    "docker_image_pull": Module("name", has_tag=True),
    "docker_swarm_service": Module("image"),
    "podman_container": Module("image", is_podman=True),
    "podman_image": Module("name", has_tag=True, is_podman=True),
    "podman_pod": Module("infra_image", is_podman=True),
}
MANIFESTS: Final = ("definition", "resource_definition")
"""The arguments of the module `k8s` that hold Kubernetes objects."""


def module_of(key: str) -> Module | None:
    """Return the module *key*, with or without its collection."""
    return _MODULES.get(_short_name(key))


def is_manifest(key: str) -> bool:
    """Return whether *key* is the module `k8s`, which applies Kubernetes objects."""
    return _short_name(key) == "k8s"


def is_helm(key: str) -> bool:
    """Return whether *key* is the module `helm`, which installs charts."""
    return _short_name(key) == "helm"


def _short_name(key: str) -> str:
    collection, dot, name = key.rpartition(".")
    return name if not dot or collection in _COLLECTIONS else ""
