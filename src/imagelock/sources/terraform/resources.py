"""Which arguments of Terraform's resources name images (the providers' own docs).

Virtual machines have an argument `image`, too, so what is not listed is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

CONTAINERS: Final = frozenset(
    {
        "container",
        "containers",
        "initContainers",
        "init_container",
        "init_containers",
        "ephemeralContainers",
        "ephemeral_container",
    }
)
"""The blocks and keys that hold containers, with an `image` each."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Where images are in one kind of resource.

    `paths` are dotted paths to a text. `encoded` are arguments that hold JSON in
    which every `image` is one. `containers` asks for the `image` of containers at
    any depth. `output` names a block that makes the name that of a result, and
    `is_output` tells that it always is.
    """

    paths: tuple[str, ...] = ()
    encoded: tuple[str, ...] = ()
    containers: bool = False
    output: str = ""
    is_output: bool = False


_CONTAINERS: Final = Rule(containers=True)

_RESOURCES: Final = {
    "aws_apprunner_service": Rule(
        ("source_configuration.image_repository.image_identifier",)
    ),
    "aws_batch_job_definition": Rule(
        encoded=("container_properties", "ecs_properties", "node_properties"),
        containers=True,
    ),
    "aws_ecs_task_definition": Rule(encoded=("container_definitions",)),
    "aws_lambda_function": Rule(("image_uri",)),
    "azurerm_container_app": _CONTAINERS,
    "azurerm_container_app_job": _CONTAINERS,
    "azurerm_container_group": _CONTAINERS,
    "docker_container": Rule(("image",)),
    "docker_image": Rule(("name",), output="build"),
    "docker_registry_image": Rule(("name",), is_output=True),
    "docker_service": Rule(("task_spec.container_spec.image",)),
}
_DATA: Final = {
    "docker_image": Rule(("name",)),
    "docker_registry_image": Rule(("name",)),
    "docker_registry_image_manifests": Rule(("name",)),
}
_FAMILIES: Final = re.compile(r"kubernetes_[a-z0-9_]+|google_cloud_run_[a-z0-9_]+")


def resource_rule(kind: str) -> Rule | None:
    """Return the rule for resources of *kind*, if they name images."""
    if _FAMILIES.fullmatch(kind):
        return _CONTAINERS
    return _RESOURCES.get(kind)


def data_rule(kind: str) -> Rule | None:
    """Return the same for data sources, which read what is there already."""
    return _DATA.get(kind)
