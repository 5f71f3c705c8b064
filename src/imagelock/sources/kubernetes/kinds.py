"""Where kinds of Kubernetes objects name images: a table with one line each."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from imagelock.dataclass import dataclass


class Role(Enum):
    """The purpose of a value in its object.

    Where aliases give a value several roles, the first of these counts.
    """

    IMAGE = auto()
    """A reference; nothing else is allowed there."""
    ADDRESS = auto()
    """A reference after `docker://` or `oci://`; something else without it."""
    FUNCTION = auto()
    """A reference, whose registry and folder kpt adds if it has neither."""
    GUESS = auto()
    """A reference if it looks like one, in a kind that is not known."""
    UNCERTAIN = auto()
    """In all likelihood a reference, which is reported as a guess."""
    OUTPUT = auto()
    """The name of a build's result."""
    PATTERN = auto()
    """A pattern that a policy compares references with."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """A place where objects of a kind name an image, besides lists of containers.

    `path` is a pattern of `paths.select`. `tags`, `digest` and `range` are keys
    beside the name (dotted if deeper) that complete it: the first of `tags` that
    is there, a digest or its hex digits, a range of versions. `template` is the
    value of the `digest` key, as in `DigestSlot`; without that key, `behind_tag`
    allows a digest after the tag. With `needs_registry`, an installation of the
    operator decides which registry is asked for a name without one. `version` is the
    path in the object to what completes a name without a tag.
    """

    kind: str
    path: str
    role: Role = Role.IMAGE
    tags: tuple[str, ...] = ()
    digest: str = ""
    range: str = ""
    template: str = "{digest}"
    behind_tag: bool = False
    needs_registry: bool = False
    version: str = ""


_VERSIONED: Final = ("tag", "version")

RULES: Final = (
    KindRule(
        "Prometheus", "spec.baseImage", tags=_VERSIONED, digest="sha", template="{hex}"
    ),
    KindRule(
        "Prometheus",
        "spec.thanos.baseImage",
        tags=_VERSIONED,
        digest="sha",
        template="{hex}",
    ),
    KindRule(
        "Alertmanager",
        "spec.baseImage",
        tags=_VERSIONED,
        digest="sha",
        template="{hex}",
    ),
    KindRule(
        "ThanosRuler", "spec.baseImage", tags=_VERSIONED, digest="sha", template="{hex}"
    ),
    KindRule(
        "OCIRepository",
        "spec.url",
        Role.ADDRESS,
        tags=("ref.tag",),
        digest="ref.digest",
        range="ref.semver",
    ),
    KindRule("FluxInstance", "spec.distribution.artifact", Role.ADDRESS),
    # k0s and k0sctl, whose versions may have a digest (`ImageSpec` in k0s)
    KindRule(
        "ClusterConfig", "spec.images.*.image", tags=("version",), behind_tag=True
    ),
    KindRule(
        "ClusterConfig", "spec.images.*.*.image", tags=("version",), behind_tag=True
    ),
    KindRule(
        "Cluster",
        "spec.k0s.config.spec.images.*.image",
        tags=("version",),
        behind_tag=True,
    ),
    KindRule(
        "Cluster",
        "spec.k0s.config.spec.images.*.*.image",
        tags=("version",),
        behind_tag=True,
    ),
    # Rancher's system-upgrade-controller (`WithLatestTag` in its `container.go`)
    KindRule("Plan", "spec.prepare.image", version="spec.version"),
    KindRule("Plan", "spec.upgrade.image", version="spec.version"),
    # CloudNativePG
    KindRule("Cluster", "spec.imageName"),
    # kind
    KindRule("Cluster", "nodes[].image"),
    # KubeVirt
    KindRule("DataImportCron", "spec.template.spec.source.registry.url", Role.ADDRESS),
    # Crossplane, whose default registry is Docker Hub, `xpkg.upbound.io` or, since
    # version 1.20, `xpkg.crossplane.io`; `--registry` sets another.
    KindRule("Provider", "spec.package", Role.GUESS, needs_registry=True),
    KindRule("Configuration", "spec.package", Role.GUESS, needs_registry=True),
    KindRule("Condition", "spec.check.image"),
    KindRule("Function", "spec.package", Role.GUESS, needs_registry=True),
    KindRule("Kptfile", "pipeline.mutators[].image", Role.FUNCTION),
    KindRule("Kptfile", "pipeline.validators[].image", Role.FUNCTION),
    # OpenShift and OLM
    KindRule("ClusterCatalog", "spec.source.image.ref"),
    KindRule("ClusterImageSet", "spec.releaseImage"),
    KindRule("ImageSetConfiguration", "mirror.additionalImages[].name"),
    KindRule("ImageSetConfiguration", "mirror.operators[].catalog"),
    # k3s
    KindRule("HelmChart", "spec.jobImage"),
    # Others
    KindRule("DockerMachineTemplate", "spec.template.spec.customImage"),
    KindRule("EnvoyExtensionPolicy", "spec.wasm[].code.image.url"),
    KindRule("Images", "spec.images[].name", Role.GUESS),  # Hauler
    KindRule("InferenceService", "spec.predictor.model.storageUri", Role.ADDRESS),
    KindRule("OperatorConfiguration", "configuration.docker_image"),  # Zalando
    KindRule("WasmPlugin", "spec.url", Role.ADDRESS),
    KindRule("ZarfPackageConfig", "components[].images[]"),
    KindRule("postgresql", "spec.dockerImage"),  # Zalando
    KindRule("OperatorConfiguration", "configuration.*.connection_pooler_image"),
    KindRule("OperatorConfiguration", "configuration.*.logical_backup_docker_image"),
    # Bank-Vaults
    KindRule("Vault", "spec.bankVaultsImage"),
    KindRule("Vault", "spec.statsdImage"),
    # ClickHouse's own operator
    *(
        KindRule(kind, "spec.containerTemplate.image.repository", tags=("tag",))
        for kind in ("ClickHouseCluster", "KeeperCluster")
    ),
    # cass-operator
    KindRule("CassandraDatacenter", "spec.configBuilderImage"),
    KindRule("CassandraDatacenter", "spec.serverImage"),
    KindRule("CassandraDatacenter", "spec.systemLoggerImage"),
    # Grafana's operator, which takes a version alone for the tag of its own image
    KindRule("Grafana", "spec.version", Role.GUESS),
    KindRule("GrafanaDashboard", "spec.oci.reference"),
    KindRule("GrafanaLibraryPanel", "spec.oci.reference"),
    # The operators of AWX and of Argo CD
    KindRule("AWX", "spec.control_plane_ee_image"),
    KindRule("AWX", "spec.ee_images[].image"),
    KindRule("AWX", "spec.image", tags=("image_version",)),
    KindRule(
        "AWX", "spec.init_container_image", tags=("init_container_image_version",)
    ),
    KindRule("AWX", "spec.init_projects_container_image"),
    KindRule("AWX", "spec.postgres_image", tags=("postgres_image_version",)),
    KindRule("AWX", "spec.redis_image", tags=("redis_image_version",)),
    KindRule("ArgoCD", "spec.image", tags=("version",)),
    KindRule("ArgoCD", "spec.*.image", tags=("version",)),
    # The operators of Solr and of Pravega
    KindRule("SolrCloud", "spec.busyBoxImage.repository", tags=("tag",)),
    KindRule("SolrCloud", "spec.solrImage.repository", tags=("tag",)),
    KindRule("SolrCloud", "spec.zookeeperRef.provided.image.repository", tags=("tag",)),
    KindRule("SolrPrometheusExporter", "spec.image.repository", tags=("tag",)),
    KindRule("ZookeeperCluster", "spec.image.repository", tags=("tag",)),
    # VictoriaMetrics
    *(
        KindRule(kind, "spec.*.image.repository", tags=_VERSIONED)
        for kind in ("VLCluster", "VMCluster", "VTCluster")
    ),
    *(
        KindRule(kind, "spec.image.repository", tags=_VERSIONED)
        for kind in ("VLSingle", "VLogs", "VMAgent", "VMAlert", "VMAlertmanager")
    ),
    *(
        KindRule(kind, "spec.image.repository", tags=_VERSIONED)
        for kind in ("VMAnomaly", "VMAuth", "VMSingle", "VTSingle")
    ),
)

ANY: Final = KindRule(
    "", "image", Role.GUESS, tags=("tag", "imageTag"), digest="digest"
)
"""The rule for a key `image` in kinds that are not known."""

SPLIT: Final = KindRule(
    "",
    "image.repository",
    Role.UNCERTAIN,
    tags=("tag", "version", "imageTag"),
    digest="digest",
)
"""The rule for a mapping with the parts of an image in kinds that are not known."""

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
    r"|kops(?:\.k8s\.io)?|machine\.openshift\.io|infrastructure\.cluster\.x-k8s\.io"
    r"|compute\..*"
)
"""API groups in which no key `image` is a reference."""
