"""Modules of Ansible that run or pull images, and which of their arguments say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Module:
    """What a module takes.

    `path` is a pattern of `paths.select` below its arguments. With `tagged`, a key
    `tag` beside the name completes it. `podman` tells that Podman reads the name.
    """

    path: str
    tagged: bool = False
    podman: bool = False


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
    "docker_image": Module("name", tagged=True),
    "docker_image_pull": Module("name", tagged=True),
    "docker_swarm_service": Module("image"),
    "podman_container": Module("image", podman=True),
    "podman_image": Module("name", tagged=True, podman=True),
    "podman_pod": Module("infra_image", podman=True),
}
MANIFESTS: Final = ("definition", "resource_definition")
"""The arguments of the module `k8s` that hold Kubernetes objects."""


def module_of(key: str) -> Module | None:
    """Return the module that *key* names, with or without its collection."""
    return _MODULES.get(_short_name(key))


def is_manifest(key: str) -> bool:
    """Tell whether *key* names the module that applies Kubernetes objects."""
    return _short_name(key) == "k8s"


def _short_name(key: str) -> str:
    collection, dot, name = key.rpartition(".")
    return name if not dot or collection in _COLLECTIONS else ""
