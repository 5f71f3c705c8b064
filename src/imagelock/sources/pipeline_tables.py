"""Formats of further CI systems that are only a list of places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import EXPRESSION, MACHINE
from imagelock.sources.shared.matrix import OF_WORKFLOW
from imagelock.sources.shared.path_table import PathTable, Places

if TYPE_CHECKING:
    from imagelock.sources.shared.located_values import Unresolvable, Why

_STEPS: Final = re.compile(r"^(?:steps|stages|hooks|services)[ \t]*+:", re.MULTILINE)
_HARNESS: Final = re.compile(
    r"^(?:pipeline|template|service|version|kind|inputSet|trigger|environment"
    r"|serviceOverrides|overrides)[ \t]*+:",
    re.MULTILINE,
)
_PROW: Final = re.compile(
    r"^(?:presubmits|postsubmits|periodics|plank)[ \t]*+:", re.MULTILINE
)
_JOBS: Final = re.compile(r"^(?:jobs|steps|pipelines)[ \t]*+:", re.MULTILINE)
_HARNESS_EXPRESSION: Final[Unresolvable] = (
    re.compile(r"<\+"),
    Reason.EXPRESSION,
    "an expression, which only Harness can resolve",
)
_CONNECTOR: Final[Why] = (
    Reason.NEEDS_BASE,
    "its registry is that of a connector, which only Harness knows",
)
_PERCENT: Final[Unresolvable] = (
    re.compile(r"%[\w.]+%"),
    Reason.PARAMETER,
    "a parameter decides it when it runs",
)
_SEMAPHORE_OWNERS: Final = ("", "blocks[].task.", "after_pipeline.task.")

SEMAPHORE: Final = PathTable(
    name="semaphore",
    ABOUT=About(
        recognised="`.yml` and `.yaml` below `.semaphore`",
        read="`agent.containers[].image` of the pipeline, of its blocks and of"
        " `after_pipeline`",
        not_read="`os_image`, which is a virtual machine; commands",
        pinned="behind the tag",
    ),
    places=(
        Places(tuple(f"{o}agent.containers[].image" for o in _SEMAPHORE_OWNERS)),
        Places(tuple(f"{o}agent.machine.os_image" for o in _SEMAPHORE_OWNERS), MACHINE),
    ),
    unresolvable=(EXPRESSION,),
    variables=False,
)

CODEFRESH: Final = PathTable(
    name="codefresh",
    ABOUT=About(
        recognised="`.yaml` and `.yml` with `codefresh` in the name, or below"
        " `.codefresh`, that have `steps`, `stages`, `hooks` or `services`",
        read="`image` of steps, also in parallel steps, and of `exec` of hooks; services"
        " and candidates of compositions, and service containers",
        not_read="`image_name`, which the step builds; types of steps; commands",
        pinned="behind the tag",
        notes="`${{…}}` names a step that builds the image, or a variable of the"
        " pipeline (`expression`).",
    ),
    places=(
        Places(
            (
                "**.steps.*.image",
                "**.exec.image",
                "**.composition.services.*.image",
                "**.composition_candidates.*.image",
                "**.services.composition.*.image",
            )
        ),
        Places(("**.steps.*.image_name",), (Reason.BUILD_OUTPUT, "the step builds it")),
    ),
    unresolvable=(EXPRESSION,),
    variables=False,
    required=lambda _, text: _STEPS.search(text) is not None,
)

HARNESS: Final = PathTable(
    name="harness",
    ABOUT=About(
        recognised="`.yaml` and `.yml` below `.harness` and `.gitness` with a pipeline,"
        " a template, a service, a set of inputs, a trigger or overrides",
        read="`step.spec.image`, `serviceDependencies[].spec.image`, the image of the"
        " template of a step; `container` of steps in the newer syntax",
        not_read="`repo` of steps that build and push; artifacts of services and"
        " triggers (`imagePath`), whose registry is that of a connector (`needs-base`)",
        pinned="behind the tag",
        notes="`<+…>` is known to Harness alone (`expression`). A name without a"
        " registry is one of Docker Hub, as it is for connectors to Docker Hub.",
    ),
    places=(
        Places(
            (
                "**.step.spec.image",
                "**.serviceDependencies[].spec.image",
                "template.spec.spec.image",
                "**.steps[].spec.container",
                "**.steps[].spec.container.image",
                *(
                    f"**.steps[].{step}.container{image}"
                    for step in ("run", "run-test", "background")
                    for image in ("", ".image")
                ),
            )
        ),
        Places(
            (
                "**.artifacts.primary.spec.imagePath",
                "**.artifacts.primary.sources[].spec.imagePath",
                "**.artifacts.sidecars[].sidecar.spec.imagePath",
                "**.artifacts.sidecars[].sidecar.sources[].spec.imagePath",
                "trigger.source.spec.spec.imagePath",
            ),
            _CONNECTOR,
        ),
    ),
    unresolvable=(_HARNESS_EXPRESSION, EXPRESSION),
    variables=False,
    required=lambda _, text: _HARNESS.search(text) is not None,
)

_PROW_CONTAINERS: Final = ("containers", "initContainers")
_PROW_JOBS: Final = (
    *(f"{kind}[]" for kind in ("presubmits", "postsubmits", "periodics")),
    *(f"{kind}.*[]" for kind in ("presubmits", "postsubmits")),
)
_PROW_DECORATIONS: Final = (
    *(f"{job}.decoration_config" for job in _PROW_JOBS),
    "plank.default_decoration_configs.*",
    "plank.default_decoration_config_entries[].config",
)

PROW: Final = PathTable(
    name="prow",
    ABOUT=About(
        recognised="YAML with `presubmits`, `postsubmits`, `periodics` or `plank` in its"
        " first column, such as `.prow.yaml`",
        read="containers in `spec` of jobs; `utility_images` of decoration",
        not_read="arguments of containers; presets",
        pinned="behind the tag",
    ),
    places=(
        Places(
            (
                *(
                    f"{job}.spec.{containers}[].image"
                    for job in _PROW_JOBS
                    for containers in _PROW_CONTAINERS
                ),
                *(f"{each}.utility_images.*" for each in _PROW_DECORATIONS),
            )
        ),
    ),
    variables=False,
    required=lambda _, text: _PROW.search(text) is not None,
)

SCREWDRIVER: Final = PathTable(
    name="screwdriver",
    ABOUT=About(
        recognised="`screwdriver.yaml` and `screwdriver.yml`; `sd-template.yaml` and"
        " `sd-template.yml`",
        read="`shared.image`, `jobs.*.image`; `config.image` of a template",
        not_read="`template`, which is one of Screwdriver; steps",
        pinned="behind the tag",
        notes="A value of a matrix (`{{NODE_VERSION}}`) is a `template`.",
    ),
    places=(Places(("shared.image", "jobs.*.image", "config.image")),),
    variables=False,
)

TEAMCITY: Final = PathTable(
    name="teamcity",
    ABOUT=About(
        recognised="`.teamcity.yml` and `.teamcity.yaml`, and YAML below `.teamcity`",
        read="`docker-image` of steps",
        not_read="agents (`runs-on`); scripts",
        pinned="behind the tag",
        notes="Values of parameters (`%name%`) are a `parameter`.",
    ),
    places=(Places(("**.steps[].docker-image",)),),
    unresolvable=(_PERCENT,),
    variables=False,
    required=lambda _, text: _JOBS.search(text) is not None,
)

_CROW_GROUPS: Final = ("clone", "services", "steps")

CROW: Final = PathTable(
    name="crow",
    ABOUT=About(
        recognised="`.crow.yml` and `.crow.yaml`, and YAML below `.crow`",
        read="`image` of `steps`, `services` and `clone`, each a list or a mapping",
        not_read="settings of plugins; workflows in Jsonnet",
        pinned="behind the tag, at the anchor where an alias names it",
        notes="A matrix gives a variable several values: it is a `variable`, unless"
        " `[variables]` in the configuration sets it. Where it is a whole image, its"
        " values are images, too; as a part of a name, it makes an image for each job, if"
        " all values are plainly listed, which is not pinned.",
    ),
    matrix=OF_WORKFLOW,
    places=(
        Places(
            tuple(
                f"{group}{each}.image"
                for group in _CROW_GROUPS
                for each in (".*", "[]")
            )
        ),
    ),
)

VELA: Final = PathTable(
    name="vela",
    ABOUT=About(
        recognised="`.vela.yml` and `.vela.yaml`, and YAML below `.vela`, of Vela by"
        " Target",
        read="`image` of `steps`, also in `stages`, of `services`, and of the `origin`"
        " of secrets",
        not_read="templates of other repositories; parameters of plugins",
        pinned="behind the tag",
    ),
    places=(
        Places(
            (
                "steps[].image",
                "stages.*.steps[].image",
                "services[].image",
                "secrets[].origin.image",
            )
        ),
    ),
)

BATECT: Final = PathTable(
    name="batect",
    ABOUT=About(
        recognised="`batect.yml` and `batect.yaml`, and bundles (`batect-bundle.yml`)",
        read="`containers.*.image`",
        not_read="`build_directory`, whose Dockerfile is read by itself; `include` from"
        " other repositories",
        pinned="behind the tag",
        notes="`<name` and `<{name}` are known to Batect alone (`expression`).",
    ),
    places=(Places(("containers.*.image",)),),
    unresolvable=(
        (
            re.compile(r"<[{\w]"),
            Reason.EXPRESSION,
            "an expression, which only Batect can resolve",
        ),
    ),
)

_FLOW: Final = re.compile(
    r"^(?:tasks|pluginDefaults|taskDefaults)[ \t]*+:", re.MULTILINE
)

KESTRA: Final = PathTable(
    name="kestra",
    ABOUT=About(
        recognised="YAML with `tasks` or `pluginDefaults` in its first column and a type"
        " of Kestra (`io.kestra.plugin…`)",
        read="`containerImage` of tasks, triggers and defaults of plug-ins, at any"
        " depth; `docker.image` and `taskRunner.image`, as older versions have it;"
        " containers in `spec` of tasks of Kubernetes",
        not_read="images that follow from the version of a plug-in; commands and"
        " scripts; images that a task builds, pulls or tags by itself",
        pinned="behind the tag",
        notes="`{{ … }}` is known to Kestra alone (`template`). A name in `tags` is that"
        " of an image which the flow builds (`target-ref`).",
    ),
    places=(
        Places(
            (
                "**.containerImage",
                "**.docker.image",
                "**.taskRunner.image",
                "**.fileSidecar.image",
                "**.spec.containers[].image",
                "**.spec.initContainers[].image",
            )
        ),
    ),
    variables=False,
    own_names=("**.tags", "**.tags[]"),
    required=lambda _, text: _FLOW.search(text) is not None,
)
