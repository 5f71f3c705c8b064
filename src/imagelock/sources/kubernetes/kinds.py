"""What is known about kinds of Kubernetes objects: one line each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Role(Enum):
    """What a value is to the object that has it.

    The first of these holds where aliases give one value several.
    """

    IMAGE = auto()
    """A reference, and nothing else is allowed there."""
    ADDRESS = auto()
    """A reference behind `docker://` or `oci://`; something else without."""
    GUESS = auto()
    """A reference if it looks like one: the kind is not known."""
    OUTPUT = auto()
    """The name that a build gives to its result."""
    PATTERN = auto()
    """What a policy compares references with."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Where objects of a kind name an image, besides lists of containers.

    `path` is a pattern of `paths.select`. `tags`, `digest` and `range` are keys
    beside the name (dotted if deeper) that complete it: the first of `tags`
    that is there, a digest or its hex digits, a range of versions. `form` is what
    is written in the key of a digest; without that key, `behind_tag` tells that
    the tag may have the digest behind it.
    """

    kind: str
    path: str
    role: Role = Role.IMAGE
    tags: tuple[str, ...] = ()
    digest: str = ""
    range: str = ""
    form: str = "{digest}"
    behind_tag: bool = False


_VERSIONED: Final = ("tag", "version")

RULES: Final = (
    Rule("Prometheus", "spec.baseImage", tags=_VERSIONED, digest="sha", form="{hex}"),
    Rule(
        "Prometheus",
        "spec.thanos.baseImage",
        tags=_VERSIONED,
        digest="sha",
        form="{hex}",
    ),
    Rule("Alertmanager", "spec.baseImage", tags=_VERSIONED, digest="sha", form="{hex}"),
    Rule("ThanosRuler", "spec.baseImage", tags=_VERSIONED, digest="sha", form="{hex}"),
    Rule(
        "OCIRepository",
        "spec.url",
        Role.ADDRESS,
        tags=("ref.tag",),
        digest="ref.digest",
        range="ref.semver",
    ),
    # k0s and k0sctl, whose versions may have a digest (`ImageSpec` in k0s)
    Rule("ClusterConfig", "spec.images.*.image", tags=("version",), behind_tag=True),
    Rule("ClusterConfig", "spec.images.*.*.image", tags=("version",), behind_tag=True),
    Rule(
        "Cluster",
        "spec.k0s.config.spec.images.*.image",
        tags=("version",),
        behind_tag=True,
    ),
    Rule(
        "Cluster",
        "spec.k0s.config.spec.images.*.*.image",
        tags=("version",),
        behind_tag=True,
    ),
    # CloudNativePG
    Rule("Cluster", "spec.imageName"),
    # kind
    Rule("Cluster", "nodes[].image"),
    # KubeVirt
    Rule("DataImportCron", "spec.template.spec.source.registry.url", Role.ADDRESS),
    # Crossplane
    Rule("Provider", "spec.package", Role.GUESS),
    Rule("Configuration", "spec.package", Role.GUESS),
    Rule("Function", "spec.package", Role.GUESS),
    # OpenShift and OLM
    Rule("ClusterCatalog", "spec.source.image.ref"),
    Rule("ClusterImageSet", "spec.releaseImage"),
    Rule("ImageSetConfiguration", "mirror.additionalImages[].name"),
    Rule("ImageSetConfiguration", "mirror.operators[].catalog"),
    # k3s
    Rule("HelmChart", "spec.jobImage"),
    # Others
    Rule("DockerMachineTemplate", "spec.template.spec.customImage"),
    Rule("EnvoyExtensionPolicy", "spec.wasm[].code.image.url"),
    Rule("Images", "spec.images[].name", Role.GUESS),  # Hauler
    Rule("InferenceService", "spec.predictor.model.storageUri", Role.ADDRESS),
    Rule("OperatorConfiguration", "configuration.docker_image"),  # Zalando
    Rule("WasmPlugin", "spec.url", Role.ADDRESS),
    Rule("ZarfPackageConfig", "components[].images[]"),
    Rule("postgresql", "spec.dockerImage"),  # Zalando
    Rule("OperatorConfiguration", "configuration.*.connection_pooler_image"),
    Rule("OperatorConfiguration", "configuration.*.logical_backup_docker_image"),
    # Bank-Vaults
    Rule("Vault", "spec.bankVaultsImage"),
    Rule("Vault", "spec.statsdImage"),
    # cass-operator
    Rule("CassandraDatacenter", "spec.configBuilderImage"),
    Rule("CassandraDatacenter", "spec.serverImage"),
    Rule("CassandraDatacenter", "spec.systemLoggerImage"),
    # The operators of AWX and of Argo CD
    Rule("AWX", "spec.control_plane_ee_image"),
    Rule("AWX", "spec.ee_images[].image"),
    Rule("AWX", "spec.image", tags=("image_version",)),
    Rule("AWX", "spec.init_container_image", tags=("init_container_image_version",)),
    Rule("AWX", "spec.init_projects_container_image"),
    Rule("AWX", "spec.postgres_image", tags=("postgres_image_version",)),
    Rule("AWX", "spec.redis_image", tags=("redis_image_version",)),
    Rule("ArgoCD", "spec.image", tags=("version",)),
    Rule("ArgoCD", "spec.*.image", tags=("version",)),
    # VictoriaMetrics
    Rule("VMCluster", "spec.*.image.repository", tags=_VERSIONED),
    *(
        Rule(kind, "spec.image.repository", tags=_VERSIONED)
        for kind in ("VLSingle", "VLogs", "VMAgent", "VMAlert", "VMAlertmanager")
    ),
    *(
        Rule(kind, "spec.image.repository", tags=_VERSIONED)
        for kind in ("VMAnomaly", "VMAuth", "VMSingle", "VTSingle")
    ),
)

ANY: Final = Rule("", "image", Role.GUESS, tags=("tag", "imageTag"), digest="digest")
"""The rule for a key `image` wherever no other is known."""

IMAGE_KINDS: Final = frozenset(
    {
        "Alertmanager",
        "CatalogSource",
        "ClusterImageCatalog",
        "ClusterTask",
        "ClusterWorkflowTemplate",
        "CronWorkflow",
        "ImageCatalog",
        "Kafka",
        "KafkaConnect",
        "Pipeline",
        "PipelineRun",
        "Prometheus",
        "StepAction",
        "Task",
        "TaskRun",
        "ThanosRuler",
        "VirtualMachine",
        "VirtualMachineInstance",
        "VirtualMachineInstanceReplicaSet",
        "Workflow",
        "WorkflowTemplate",
    }
)
"""Kinds in which every key `image` is a reference, also a bare name such as `alpine`."""

POLICY_GROUPS: Final = frozenset(
    {
        "admissionregistration.k8s.io",
        "constraints.gatekeeper.sh",
        "kyverno.io",
        "policies.kubewarden.io",
        "policies.kyverno.io",
        "policy.sigstore.dev",
        "templates.gatekeeper.sh",
    }
)
"""API groups whose objects compare images with patterns and pull none."""

SILENT_KINDS: Final = frozenset(
    {
        "ConfigMap",
        "CustomResourceDefinition",
        "ImagePolicy",
        "ImageRepository",
        "ImageUpdateAutomation",
        "Secret",
    }
)
"""Kinds without an image: texts, schemas, and settings of tools that change images."""

SILENT_GROUPS: Final = re.compile(
    r"skaffold|kustomize\.config\.k8s\.io|imgpkg\.carvel\.dev|kbld\.k14s\.io"
    # Here `image` is the disk of a virtual machine.
    r"|kops\.k8s\.io|machine\.openshift\.io|infrastructure\.cluster\.x-k8s\.io"
    r"|compute\..*"
)
"""API groups in which no key `image` is a reference, whatever its value looks like."""
