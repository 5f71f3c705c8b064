"""Formats of tools that build, deploy and run, which are only a list of places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import EXPRESSION, DockerScheme
from imagelock.sources.shared.path_table import PathTable, Places
from imagelock.syntax.yaml_json.paths import text_at
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.sources.shared.located_values import Unresolvable
    from imagelock.syntax.yaml_json.tree import Node

_KAMAL: Final = re.compile(r"^(?:accessories|servers)[ \t]*+:", re.MULTILINE)
_WERF: Final = re.compile(r"^configVersion[ \t]*+:", re.MULTILINE)
_GARDEN: Final = re.compile(r"^kind[ \t]*+:", re.MULTILINE)
_APPS: Final = re.compile(r"^apps[ \t]*+:", re.MULTILINE)
_SCORE: Final = re.compile(r"^apiVersion[ \t]*+:[ \t]*+[\"']?score\.dev/", re.MULTILINE)
_BACKSTAGE: Final = re.compile(
    r"^(?:apiVersion[ \t]*+:[ \t]*+[\"']?scaffolder\.backstage\.io/|techdocs[ \t]*+:)",
    re.MULTILINE,
)
_ADD_ON: Final = tuple(
    re.compile(rf"^(?:{key}|[ \t{{]*+\"{key}\")[ \t]*+:", re.MULTILINE)
    for key in ("slug", "arch", "version")
)
_BUILD_FROM: Final = re.compile(
    r"^(?:build_from|[ \t{]*+\"build_from\")[ \t]*+:", re.MULTILINE
)
_SCRATCH: Final[Unresolvable] = (
    re.compile(r"^scratch$"),
    Reason.SCRATCH,
    "the empty image",
)


def _server(accessory: Node | None) -> str:
    return text_at(accessory, "registry", "server")


KAMAL: Final = PathTable(
    name="kamal",
    ABOUT=About(
        recognised="`config/deploy.yml` and `config/deploy.yaml`, and those of a"
        " destination (`config/deploy.staging.yml`), with `servers` or `accessories`",
        read="`accessories.*.image`, behind its `registry.server`;"
        " `builder.pack.builder` and `builder.pack.buildpacks[]` with `docker://`",
        not_read="`image` and `builder.cache.image`, which Kamal builds and pushes",
        pinned="behind the tag",
        notes="The image of the proxy follows from the version of Kamal, and what"
        " `builder.dockerfile` builds on is read from the Dockerfile.",
    ),
    places=(
        Places(("accessories.*.image",), registry=_server),
        Places(("builder.pack.builder",)),
        Places(("builder.pack.buildpacks[]",), scheme=DockerScheme.REQUIRED),
        Places(
            ("image", "builder.cache.image"),
            (Reason.BUILD_OUTPUT, "Kamal builds and pushes it"),
        ),
    ),
    variables=False,
    required=lambda _, text: _KAMAL.search(text) is not None,
)

WERF: Final = PathTable(
    name="werf",
    ABOUT=About(
        recognised="`werf.yaml` and `werf.yml` with `configVersion`",
        read="`from` of images that Stapel builds",
        not_read="`image`, which names what is built; `fromImage`, and `from` with the"
        " name of another image of the file; Dockerfiles, which are read by themselves",
        pinned="behind the tag",
        notes="The file is a template: a value with `{{ … }}` is a `template`.",
    ),
    places=(Places(("from",)),),
    unresolvable=(_SCRATCH,),
    variables=False,
    own_names=("image", "image[]"),
    required=lambda _, text: _WERF.search(text) is not None,
)

_GARDEN_EXPRESSION: Final[Unresolvable] = (
    re.compile(r"\$\{"),
    Reason.EXPRESSION,
    "an expression, which only Garden can resolve",
)
_GARDEN_PODS: Final = tuple(
    f"spec.{place}.{containers}[].image"
    for place in (
        "podSpec",
        "manifests[].spec",
        "manifests[].spec.template.spec",
        "manifests[].spec.jobTemplate.spec.template.spec",
    )
    for containers in ("containers", "initContainers")
)


def _is_container(document: Node) -> bool:
    return text_at(document, "type") == "container"


def _is_kubernetes(document: Node) -> bool:
    return text_at(document, "type") in {"kubernetes", "kubernetes-pod"}


GARDEN: Final = PathTable(
    name="garden",
    ABOUT=About(
        recognised="`garden.yml` and `*.garden.yml` (or `.yaml`) with a `kind`",
        read="`spec.image` of actions of type `container`, `image` of such modules;"
        " containers in `podSpec` and `manifests` of actions of type `kubernetes` and"
        " `kubernetes-pod`",
        not_read="actions of other types, and what a `Build` publishes",
        pinned="behind the tag",
        notes="`${…}` is known to Garden alone (`expression`).",
    ),
    places=(
        Places(("spec.image", "image"), applies=_is_container),
        Places(_GARDEN_PODS, applies=_is_kubernetes),
    ),
    unresolvable=(_GARDEN_EXPRESSION, _SCRATCH),
    variables=False,
    required=lambda _, text: _GARDEN.search(text) is not None,
)

SCORE: Final = PathTable(
    name="score",
    ABOUT=About(
        recognised="YAML with an `apiVersion` of `score.dev`",
        read="`containers.*.image`",
        not_read="`.`, which the implementation of Score builds or gets as an option;"
        " resources",
        pinned="behind the tag",
        notes="`${…}` is known to the implementation of Score alone (`expression`).",
    ),
    places=(Places(("containers.*.image",)),),
    unresolvable=(
        (re.compile(r"^\.$"), Reason.BUILD_OUTPUT, "it is built from the source"),
        (re.compile(r"\$\{"), Reason.EXPRESSION, "an expression of Score"),
    ),
    variables=False,
    required=lambda _, text: _SCORE.search(text) is not None,
)

DAPR: Final = PathTable(
    name="dapr",
    ABOUT=About(
        recognised="`.yaml` and `.yml` with `dapr` in the name and `apps` in the first"
        " column: templates of Multi-App Run",
        read="`apps[].containerImage`",
        not_read="components, which have no image; commands",
        pinned="behind the tag",
        notes="The sidecar's image on Kubernetes follows from the chart of Dapr.",
    ),
    places=(Places(("apps[].containerImage",)),),
    variables=False,
    required=lambda _, text: _APPS.search(text) is not None,
)

BACKSTAGE: Final = PathTable(
    name="backstage",
    ABOUT=About(
        recognised="YAML with an `apiVersion` of `scaffolder.backstage.io`;"
        " `app-config*.yaml` with `techdocs`",
        read="`imageName` in the input of steps, in which `fetch:cookiecutter` and"
        " `fetch:rails` run; `techdocs.generator.dockerImage`",
        not_read="parameters of the template; what it creates, unless that is a file"
        " of a format that is read",
        pinned="behind the tag",
        notes="`${{ … }}` is known to Backstage alone (`expression`).",
    ),
    places=(
        Places(("spec.steps[].input.imageName", "techdocs.generator.dockerImage")),
    ),
    unresolvable=(EXPRESSION,),
    variables=False,
    required=lambda _, text: _BACKSTAGE.search(text) is not None,
)


def _is_add_on(path: PurePosixPath, text: str) -> bool:
    if path.name.lower().startswith("build"):
        return _BUILD_FROM.search(text) is not None
    return all(key.search(text) for key in _ADD_ON)


HOME_ASSISTANT: Final = PathTable(
    name="home-assistant",
    ABOUT=About(
        recognised="`config` with `slug`, `arch` and `version`, and `build` with `build_from`, each as"
        " `.yaml`, `.yml` or `.json`, of an add-on of Home Assistant",
        read="`build_from`, for each architecture",
        not_read="`image`, under which the add-on is published: Home Assistant adds its"
        " version as the tag",
        pinned="nowhere: the Supervisor accepts no digest in `build_from`",
        notes="To build on a digest, write it into the `FROM` of the Dockerfile.",
    ),
    places=(
        Places(
            ("build_from", "build_from.*"),
            unpinnable="the Supervisor of Home Assistant accepts no digest here; the"
            " `FROM` of a Dockerfile can have it",
        ),
        Places(
            ("image",),
            (Reason.BUILD_OUTPUT, "the add-on is published under this name"),
        ),
    ),
    unresolvable=(
        (
            re.compile(r"[-._:]\s*+\Z"),
            Reason.NEEDS_BASE,
            "the `FROM` of the Dockerfile adds the rest of the tag",
        ),
    ),
    variables=False,
    required=_is_add_on,
)

_EGG: Final = re.compile(r"(?:PTDL|PLCN)_v\d")
_LOCAL_IMAGE: Final[Unresolvable] = (
    re.compile(r"\A~"),
    Reason.LOCAL,
    "Wings takes it from its machine",
)


def _is_first_version(document: Node) -> bool:
    return text_at(document, "meta", "version") == "PTDL_v1"


def _has_image_alone(document: Node) -> bool:
    """Return whether `image` of *document* counts: it has an icon in other versions."""
    is_alone = isinstance(document, Mapping) and document.get("images") is None
    return is_alone and _is_first_version(document)


PTERODACTYL: Final = PathTable(
    name="pterodactyl",
    ABOUT=About(
        recognised="JSON and YAML with a version of an egg in `meta` (`PTDL_v2`,"
        " `PLCN_v3`), as Pterodactyl and Pelican export them",
        read="`docker_images`, and `images`, or else `image`, of the first version;"
        " `scripts.installation.container`",
        not_read="the script of the installation",
        pinned="behind the tag",
        notes="A name that begins with `~` is an image of the machine (`local`).",
    ),
    places=(
        Places(
            ("docker_images.*", "docker_images[]", "scripts.installation.container")
        ),
        Places(("images[]",), applies=_is_first_version),
        Places(("image",), applies=_has_image_alone),
    ),
    unresolvable=(_LOCAL_IMAGE,),
    variables=False,
    required=lambda _, text: _EGG.search(text) is not None,
)
