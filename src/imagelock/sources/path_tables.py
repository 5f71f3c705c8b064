"""Formats that are only a list of places: ko and the simpler CI systems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import EXPRESSION, MACHINE, DockerScheme
from imagelock.sources.shared.matrix import OF_WORKFLOW, Matrix
from imagelock.sources.shared.path_table import PathTable, Places
from imagelock.syntax.yaml_json.paths import scalar_at, text_at

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.syntax.yaml_json.tree import Node

_PLATFORMS: Final = re.compile(r"^platforms[ \t]*+:", re.MULTILINE)
_YES: Final = re.compile(r"true|yes|on", re.IGNORECASE)
_STEPS: Final = re.compile(
    r"""^(?:[ \t{]*+"steps"|\{?['"]?steps['"]?)[ \t]*+:"""
    # A document can be indented as a whole.
    r"|\A\s*+(?:#.*\s*+)*+steps[ \t]*+:",
    re.MULTILINE,
)
_RUNS: Final = re.compile(r"""^["']?runs["']?[ \t]*+:""", re.MULTILINE)


def _is_workflow(path: PurePosixPath) -> bool:
    folder = path.parent
    return folder.name == "workflows" and folder.parent.name.startswith(".")


GITHUB_ACTIONS: Final = PathTable(
    name="github-actions",
    ABOUT=About(
        recognised="`.yaml` and `.yml` in `.github/workflows`, `.gitea/workflows` and"
        " `.forgejo/workflows`; `action.yaml` and `action.yml` anywhere",
        read="`jobs.*.container`, `jobs.*.services.*.image`, `uses: docker://…` of"
        " steps, `runs.image: docker://…`; values of a matrix that `${{ matrix.NAME }}`"
        " makes a whole image",
        not_read="runners, actions, inputs of actions, scripts, `runs.image:"
        " Dockerfile`",
        pinned="behind the tag",
        notes="A value with `${{ … }}` is known to the runner alone (`expression`).",
    ),
    places=(
        Places(
            (
                "jobs.*.container",
                "jobs.*.container.image",
                "jobs.*.services.*.image",
            ),
            scheme=DockerScheme.ALLOWED,
        ),
        Places(
            ("jobs.*.steps[].uses", "runs.image", "runs.steps[].uses"),
            scheme=DockerScheme.REQUIRED,
        ),
    ),
    unresolvable=(EXPRESSION,),
    variables=False,
    matrix=Matrix(
        re.compile(r"\$\{\{\s*+matrix\.(?P<name>[\w\-]++(?:\.[\w\-]++)*+)\s*+\}\}"),
        owner=2,
        paths=("strategy.matrix.NAME.[].REST", "strategy.matrix.include.[].NAME.REST"),
        root="strategy.matrix",
    ),
    # Other files are called `action.yml`, too.
    required=lambda path, text: _is_workflow(path) or _RUNS.search(text) is not None,
)

_CIRCLECI_OWNERS: Final = (
    "jobs.*",
    "executors.*",
    "orbs.*.jobs.*",
    "orbs.*.executors.*",
)

CIRCLECI: Final = PathTable(
    name="circleci",
    ABOUT=About(
        recognised="`.yaml` and `.yml` below `.circleci`",
        read="`docker[].image` of `jobs` and `executors`, in inline orbs, too",
        not_read="`machine.image` and `macos`, which are virtual machines; orbs",
        pinned="behind the tag",
        notes="A value with `<< … >>` is a parameter, even if that has a default.",
    ),
    places=(
        Places(tuple(f"{owner}.docker[].image" for owner in _CIRCLECI_OWNERS)),
        Places(tuple(f"{owner}.machine.image" for owner in _CIRCLECI_OWNERS), MACHINE),
    ),
    unresolvable=(
        (
            re.compile(r"<<"),
            Reason.PARAMETER,
            "a parameter decides it when it runs",
        ),
    ),
)

BITBUCKET: Final = PathTable(
    name="bitbucket",
    ABOUT=About(
        recognised="`bitbucket-pipelines.yml` and `bitbucket-pipelines.yaml`",
        read="`image` of the file, of steps and of `definitions.services`, as text or"
        " with `name`; `pipe: docker://…`",
        not_read="other pipes, which are tags of git; scripts",
        pinned="behind the tag",
    ),
    places=(
        Places(
            tuple(
                f"{owner}image{name}"
                for owner in ("", "definitions.services.*.", "**.step.")
                for name in ("", ".name")
            )
        ),
        Places(
            ("**.script[].pipe", "**.after-script[].pipe"),
            scheme=DockerScheme.REQUIRED,
        ),
    ),
)


def _is_drone_pipeline(document: Node) -> bool:
    kind = scalar_at(document, "kind")
    return kind is None or kind.value == "pipeline"


def _runs_in_containers(document: Node) -> bool:
    runner = scalar_at(document, "type")
    return _is_drone_pipeline(document) and (
        runner is None
        or runner.value not in {"digitalocean", "exec", "macstadium", "ssh"}
    )


DRONE: Final = PathTable(
    name="drone",
    ABOUT=About(
        recognised="`.drone.yml` and `.drone.yaml`, and others that end so"
        " (`release.drone.yml`)",
        read="`steps[].image` and `services[].image` of pipelines that run in"
        " containers; `pipeline.*.image`, `services.*.image` and `clone.*.image` of"
        " Drone 0.8",
        not_read="`server.image`, which is a virtual machine; pipelines of type `exec`"
        " and `ssh`; settings of plugins",
        pinned="behind the tag",
    ),
    places=(
        Places(
            (
                "clone.*.image",
                "pipeline.*.image",
                "services.*.image",
                "services[].image",
                "steps.*.image",
                "steps[].image",
            ),
            applies=_runs_in_containers,
        ),
        Places(("server.image",), MACHINE, applies=_is_drone_pipeline),
    ),
)

WOODPECKER: Final = PathTable(
    name="woodpecker",
    ABOUT=About(
        recognised="`.woodpecker.yml` and `.woodpecker.yaml`, and YAML below"
        " `.woodpecker`",
        read="`image` of `steps`, `services` and `clone`, each a list or a mapping, and"
        " of `pipeline`, as `steps` was called before",
        not_read="settings of plugins; what `variables` holds, unless an alias uses it",
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
                for group in ("clone", "pipeline", "services", "steps")
                for each in (".*", "[]")
            )
        ),
    ),
)

CLOUD_BUILD: Final = PathTable(
    name="cloud-build",
    ABOUT=About(
        recognised="`.yaml`, `.yml` and `.json` with `cloudbuild`, `cloud-build` or `gcb`"
        " in the name or in that of the folder, and a list `steps`",
        read="`steps[].name`",
        not_read="`images`, which the build pushes; arguments",
        pinned="behind the tag",
        notes="`substitutions` of the file are the values of variables, unless"
        " `[variables]` in the configuration sets others. What Cloud Build sets by"
        " itself (`$PROJECT_ID`) is not known (`variable`).",
    ),
    places=(
        Places(("steps[].name",)),
        Places(("images[]",), (Reason.BUILD_OUTPUT, "the build pushes it")),
    ),
    variables_key="substitutions",
    required=lambda _, text: _STEPS.search(text) is not None,
)

KO: Final = PathTable(
    name="ko",
    ABOUT=About(
        recognised="`.ko.yaml`",
        read="`defaultBaseImage`, `baseImageOverrides`",
        not_read="import paths, and `ko://` in manifests, which ko builds",
        pinned="behind the tag",
    ),
    places=(Places(("defaultBaseImage", "baseImageOverrides.*")),),
    variables=False,
)

GITPOD: Final = PathTable(
    name="gitpod",
    ABOUT=About(
        recognised="`.gitpod.yml` and `.gitpod.yaml`",
        read="`image` as text",
        not_read="`image.file`, which is built from a Dockerfile",
        pinned="behind the tag",
    ),
    places=(Places(("image",)),),
    variables=False,
)


def _creates_containers(document: Node) -> bool:
    """Return whether the driver of Molecule is one for containers, or one's own."""
    driver = text_at(document, "driver", "name")
    return driver in {"", "containers", "default", "delegated", "docker", "podman"}


def _registry(platform: Node | None) -> str:
    """Return the registry of the base of what Molecule builds for *platform*.

    `FROM {{ item.registry.url }}/{{ item.image }}` in `Dockerfile.j2` of its plug-ins.
    """
    is_ready = _YES.fullmatch(text_at(platform, "pre_build_image"))
    return "" if is_ready else text_at(platform, "registry", "url").rstrip("/")


MOLECULE: Final = PathTable(
    name="molecule",
    ABOUT=About(
        recognised="`molecule.yml` and `molecule.yaml`, and YAML in a folder `molecule`"
        " with `platforms`",
        read="`platforms[].image`",
        not_read="platforms of drivers for virtual machines and clouds",
        pinned="behind the tag",
        notes="What `registry.url` names is before the image, unless `pre_build_image` is"
        " set: Molecule then builds another on it.",
    ),
    places=(
        Places(("platforms[].image",), applies=_creates_containers, registry=_registry),
    ),
    required=lambda _, text: _PLATFORMS.search(text) is not None,
)
