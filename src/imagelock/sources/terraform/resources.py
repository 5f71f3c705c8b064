"""Arguments of Terraform resources that name images (from the providers' docs).

Virtual machines also have an argument `image`, so only listed resources are read.
"""

from __future__ import annotations

import re
from typing import Final

from imagelock.dataclass import dataclass

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
"""The blocks and keys of containers, with an `image` each."""


@dataclass(frozen=True, slots=True)
class ResourceRule:
    """The places of images in a type of resource.

    `paths` are dotted paths to a text. `encoded` are arguments with JSON in which
    every `image` is one. With `containers`, so is the `image` of every container.
    `manifests` are arguments with manifests of Kubernetes, `values` those with values
    of charts, and `jobs` those with jobs of Nomad, as texts. With `is_release`, blocks
    `set` are single values of a chart. With `is_output`, or if there is the block
    `output`, the name is that of the result of a build.
    """

    paths: tuple[str, ...] = ()
    encoded: tuple[str, ...] = ()
    containers: bool = False
    manifests: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    is_release: bool = False
    output: str = ""
    is_output: bool = False


_CONTAINERS: Final = ResourceRule(containers=True)

_RESOURCES: Final = {
    "aws_apprunner_service": ResourceRule(
        ("source_configuration.image_repository.image_identifier",)
    ),
    "aws_batch_job_definition": ResourceRule(
        encoded=("container_properties", "ecs_properties", "node_properties"),
        containers=True,
    ),
    "aws_ecs_task_definition": ResourceRule(encoded=("container_definitions",)),
    "aws_lambda_function": ResourceRule(("image_uri",)),
    "aws_sagemaker_model": ResourceRule(("primary_container.image", "container.image")),
    "azurerm_container_app": _CONTAINERS,
    "azurerm_container_app_job": _CONTAINERS,
    "azurerm_container_group": _CONTAINERS,
    "docker_buildx_builder": ResourceRule(
        ("docker_container.image", "kubernetes.image")
    ),
    "docker_container": ResourceRule(("image",)),
    "docker_image": ResourceRule(("name",), output="build"),
    "docker_registry_image": ResourceRule(("name",), is_output=True),
    "docker_service": ResourceRule(("task_spec.container_spec.image",)),
    "google_app_engine_flexible_app_version": ResourceRule(
        ("deployment.container.image",)
    ),
    "google_cloudbuild_trigger": ResourceRule(("build.step.name",)),
    "google_workstations_workstation_config": ResourceRule(("container.image",)),
    "helm_release": ResourceRule(values=("values",), is_release=True),
    "k8s_manifest": ResourceRule(manifests=("content",)),
    "kubectl_manifest": ResourceRule(manifests=("yaml_body",)),
    "kubernetes_manifest": ResourceRule(containers=True, manifests=("manifest",)),
    "kustomization_resource": ResourceRule(manifests=("manifest",)),
    "nomad_job": ResourceRule(jobs=("jobspec",)),
}
_DATA: Final = {
    "docker_image": ResourceRule(("name",)),
    "docker_registry_image": ResourceRule(("name",)),
    "docker_registry_image_manifests": ResourceRule(("name",)),
}
_OTHER_IMAGES: Final = re.compile(r"(?:incus|lxd)_[a-z0-9_]+")
_FAMILIES: Final = re.compile(r"kubernetes_[a-z0-9_]+|google_cloud_run_[a-z0-9_]+")


def resource_rule(kind: str) -> ResourceRule | None:
    """Return the rule for resources of the type *kind*, if they name images."""
    is_family = _FAMILIES.fullmatch(kind) is not None
    return _RESOURCES.get(kind, _CONTAINERS if is_family else None)


def has_other_images(kind: str) -> bool:
    """Return whether images in resources of the type *kind* are of another format.

    They look like those of containers: `ubuntu:22.04` of LXD.
    """
    return _OTHER_IMAGES.fullmatch(kind) is not None


def data_rule(kind: str) -> ResourceRule | None:
    """Return the rule for data sources of the type *kind*, if they name images."""
    return _DATA.get(kind)
