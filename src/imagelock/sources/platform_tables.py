"""Formats of platforms and tools of developers that are only a list of places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.path_table import PathTable, Places
from imagelock.syntax.yaml_json.paths import text_at

if TYPE_CHECKING:
    from imagelock.sources.shared.located_values import Unresolvable
    from imagelock.syntax.yaml_json.tree import Node

_AZURE: Final = re.compile(
    r"\bMicrosoft\.(?:App|ContainerInstance)/|[\"']?linuxFxVersion[\"']?\s*+:"
)
_ENVIRONMENT: Final = re.compile(
    r"^properties[ \t]*+:(?:\n[ \t#][^\n]*|\n)*?\n[ \t]++(?:managedE|e)nvironmentId[ \t]*+:",
    re.MULTILINE,
)
"""A container app without its type."""
_FUNCTIONS: Final = re.compile(r"^(?:functions|provider)[ \t]*+:", re.MULTILINE)
_IMAGE_NAME: Final = re.compile(r"[\"']?imageName[\"']?\s*+:")
_TALOS_PARTS: Final = (
    *("apiServer", "controllerManager", "coreDNS", "etcd", "proxy", "scheduler"),
)
_TALOS: Final = re.compile(
    r"^(?:machine|cluster)[ \t]*+:[ \t]*+(?:#.*)?\r?\n"
    r"(?:(?:[ \t#].*)?\r?\n)*?[ \t]++"
    rf"(?:install|kubelet|pods|{'|'.join(_TALOS_PARTS)})[ \t]*+:",
    re.MULTILINE,
)
_OF_TEMPLATE: Final[Unresolvable] = (
    re.compile(r"^\["),
    Reason.EXPRESSION,
    "an expression, which only Azure can resolve",
)
_OF_SERVERLESS: Final[Unresolvable] = (
    re.compile(r"\$\{"),
    Reason.EXPRESSION,
    "an expression, which only Serverless can resolve",
)
_ECR_IMAGE: Final[Unresolvable] = (
    re.compile(r"^[^/]*$"),
    Reason.TARGET_REFERENCE,
    "an image of `provider.ecr.images`",
)
_LAMBDA: Final = "Lambda takes either a tag or a digest"

SERVERLESS: Final = PathTable(
    name="serverless",
    ABOUT=About(
        recognised="`serverless.yml` and `serverless.yaml`, and those of environments"
        " (`serverless.prod.yml`), with `functions` or `provider`",
        read="`functions.*.image`, as text or with `uri`; `provider.ecr.images.*.uri`",
        not_read="`path`, whose Dockerfile is read by itself; plug-ins",
        pinned="nowhere: Lambda takes either a tag or a digest",
        notes="`${…}` is known to Serverless alone (`expression`).",
    ),
    places=(
        Places(
            (
                *(
                    f"{functions}.image{uri}"
                    for functions in ("functions.*", "functions[].*")
                    for uri in ("", ".uri")
                ),
                "provider.ecr.images.*.uri",
            ),
            unpinnable=_LAMBDA,
        ),
    ),
    unresolvable=(_OF_SERVERLESS, _ECR_IMAGE),
    variables=False,
    required=lambda _, text: _FUNCTIONS.search(text) is not None,
)

COPILOT: Final = PathTable(
    name="copilot",
    ABOUT=About(
        recognised="`copilot/*/manifest.yml` and `copilot/*/manifest.yaml` of AWS"
        " Copilot",
        read="`image.location`, `sidecars.*.image`, as text or with `location`, and"
        " `logging.image`, also below `environments`",
        not_read="`image.build`, whose Dockerfile is read by itself; `taskdef_overrides`",
        pinned="behind the tag",
    ),
    places=(
        Places(
            tuple(
                f"{owner}{place}"
                for owner in ("", "environments.*.")
                for place in (
                    "image.location",
                    "sidecars.*.image",
                    "sidecars.*.image.location",
                    "logging.image",
                )
            )
        ),
    ),
)

CAPROVER: Final = PathTable(
    name="caprover",
    ABOUT=About(
        recognised="`captain-definition` of CapRover",
        read="`imageName`",
        not_read="`dockerfileLines` and `templateId`; `dockerfilePath`, whose Dockerfile"
        " is read by itself",
        pinned="behind the tag",
    ),
    places=(Places(("imageName",)),),
    variables=False,
    required=lambda _, text: _IMAGE_NAME.search(text) is not None,
)

RENDER: Final = PathTable(
    name="render",
    ABOUT=About(
        recognised="`render.yaml` and `render.yml`, blueprints of Render",
        read="`image.url` of services, also in environments of projects and in"
        " `ungrouped`",
        not_read="services that Render builds",
        pinned="behind the tag",
    ),
    places=(
        Places(
            (
                "services[].image.url",
                "projects[].environments[].services[].image.url",
                "ungrouped.services[].image.url",
            )
        ),
    ),
    variables=False,
)

AZURE_CONTAINERS: Final = PathTable(
    name="azure-containers",
    ABOUT=About(
        recognised="YAML of Azure Container Apps and Container Instances (`properties`"
        " with `containers`), and JSON templates of Azure Resource Manager with these, or"
        " with `linuxFxVersion` of App Service",
        read="`image` of `containers` and `initContainers`, of a container or of its"
        " `properties`; `linuxFxVersion` and `windowsFxVersion` with `DOCKER|`",
        not_read="other runtimes (`NODE|20-lts`); images of virtual machines",
        pinned="behind the tag",
        notes="`[…]` is known to Azure alone (`expression`).",
    ),
    places=(
        Places(
            tuple(
                f"**.{containers}[].{place}"
                for containers in ("containers", "initContainers")
                for place in ("image", "properties.image")
            )
        ),
        Places(
            ("**.linuxFxVersion", "**.windowsFxVersion"),
            prefix=re.compile(r"DOCKER\|", re.IGNORECASE),
        ),
    ),
    unresolvable=(_OF_TEMPLATE,),
    variables=False,
    required=lambda _, text: (
        (_AZURE.search(text) or _ENVIRONMENT.search(text)) is not None
    ),
)

DEVSPACE: Final = PathTable(
    name="devspace",
    ABOUT=About(
        recognised="`devspace.yaml` and `devspace.yml`, and others that begin so"
        " (`devspace.dev.yaml`)",
        read="`devImage` of `dev` and of its containers; containers in the values of"
        " `deployments.*.helm`",
        not_read="`images`, which DevSpace builds; `imageSelector`; other charts",
        pinned="behind the tag",
    ),
    places=(
        Places(
            (
                "dev.*.devImage",
                "dev.*.containers.*.devImage",
                "deployments.*.helm.values.containers[].image",
                "deployments.*.helm.values.initContainers[].image",
            )
        ),
        Places(("images.*.image",), (Reason.BUILD_OUTPUT, "DevSpace builds it")),
    ),
)

OKTETO: Final = PathTable(
    name="okteto",
    ABOUT=About(
        recognised="`okteto.yml` and `okteto.yaml`, and others that begin so"
        " (`okteto-dev.yml`)",
        read="`image` of `dev`, `test`, `deploy` and `destroy`, and of the file; of"
        " `initContainer` and `services` of a development container",
        not_read="`build`, whose images Okteto builds; commands",
        pinned="behind the tag",
    ),
    places=(
        Places(
            (
                *(
                    f"{container}{place}"
                    for container in ("", "dev.*.")
                    for place in ("image", "initContainer.image", "services[].image")
                ),
                "test.*.image",
                "deploy.image",
                "destroy.image",
            )
        ),
        Places(("build.*.image",), (Reason.BUILD_OUTPUT, "Okteto builds it")),
    ),
)

DDEV: Final = PathTable(
    name="ddev",
    ABOUT=About(
        recognised="`.ddev/config*.yaml` and `.ddev/config*.yml`",
        read="`webimage`",
        not_read="images that follow from the version of DDEV; Compose files beside it,"
        " which are read by themselves",
        pinned="behind the tag",
    ),
    places=(Places(("webimage",)),),
    variables=False,
)

LANDO: Final = PathTable(
    name="lando",
    ABOUT=About(
        recognised="`.lando.yml` and `.lando.yaml`, and those beside them"
        " (`.lando.local.yml`)",
        read="`image` of services of the type `compose`, and in `overrides`",
        not_read="types of services (`node:20`), whose images follow from the version"
        " of Lando",
        pinned="behind the tag",
    ),
    places=(Places(("services.*.services.image", "services.*.overrides.image")),),
    variables=False,
)


def _is_talos_document(document: Node) -> bool:
    """Return whether *document* configures one part, such as `KubeAPIServerConfig`."""
    kind = text_at(document, "kind")
    return kind != "" and text_at(document, "apiVersion") == "v1alpha1"


TALOS: Final = PathTable(
    name="talos",
    ABOUT=About(
        recognised="YAML with a key `machine` or `cluster` in its first column, and"
        " below it one for an image",
        read="`machine.install.image`, `machine.kubelet.image`, and `image` of the"
        " parts of `cluster`; containers in `machine.pods`; in documents with a `kind`"
        " beside these, `image` and `installer.image`",
        not_read="manifests from addresses",
        pinned="behind the tag",
        notes="Machine configurations of Talos Linux, and patches for them.",
    ),
    places=(
        Places(
            (
                "machine.install.image",
                "machine.kubelet.image",
                "machine.pods[].spec.containers[].image",
                "machine.pods[].spec.initContainers[].image",
                *(f"cluster.{part}.image" for part in _TALOS_PARTS),
            )
        ),
        Places(("image", "installer.image"), applies=_is_talos_document),
    ),
    required=lambda _, text: "image" in text and _TALOS.search(text) is not None,
)
