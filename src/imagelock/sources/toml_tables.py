"""Formats in TOML that are only a list of places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import DockerScheme
from imagelock.sources.shared.path_table import PathTable, Places
from imagelock.syntax.toml_tree import documents

if TYPE_CHECKING:
    from imagelock.sources.shared.located_values import Why

_BUILDPACKS: Final = re.compile(
    r"buildpack|^[ \t]*+\[{1,2}(?:build|lifecycle|order|run|stack)\b", re.MULTILINE
)

_WITH_REGISTRY: Final = re.compile(r"(?=[\w-]++(?:\.[\w-]++)++(?::\d++)?/)")
"""What begins with the host of a registry, and with no scheme."""
_MAY_BE_ID: Final[Why] = (
    Reason.GUESS,
    "the builder may have a buildpack with this id: write `docker://` before an image",
)

FLY: Final = PathTable(
    name="fly",
    ABOUT=About(
        recognised="`fly.toml`, and those of environments (`fly.staging.toml`)",
        read="`build.image`, `build.builder`, and `build.buildpacks` with `docker://`",
        not_read="`build.dockerfile`, which is read by itself; buildpacks by their ids;"
        " `deploy` commands; names with a registry that could be ids (`guess`)",
        pinned="behind the tag",
    ),
    places=(
        Places(("build.image", "build.builder")),
        Places(("build.buildpacks[]",), scheme=DockerScheme.REQUIRED),
        Places(("build.buildpacks[]",), _MAY_BE_ID, prefix=_WITH_REGISTRY),
    ),
    variables=False,
    parse=documents,
)

_RUNNER: Final = re.compile(
    r"^[ \t]*+\[{1,2}runners\.(?:docker|kubernetes)\b", re.MULTILINE
)


def has_executor(text: str) -> bool:
    """Return whether *text* configures an executor of GitLab Runner that has images."""
    return _RUNNER.search(text) is not None


_EXECUTORS: Final = tuple(
    f"runners{each}.{executor}"
    for each in ("[]", "")
    for executor in ("docker", "kubernetes")
)

GITLAB_RUNNER: Final = PathTable(
    name="gitlab-runner",
    ABOUT=About(
        recognised="`config.toml`, also as `config.NAME.toml`, `NAME.config.toml` and"
        " any `.toml` with `runner` in its name, with an executor for Docker or"
        " Kubernetes",
        read="`image`, `helper_image` and `services` of the Docker and Kubernetes"
        " executors of GitLab Runner, also in the values of its chart"
        " (`runners.config`)",
        not_read="`allowed_images` and `allowed_services`, which are patterns; virtual"
        " machines of other executors",
        pinned="behind the tag",
    ),
    places=(
        Places(
            tuple(
                f"{executor}.{key}"
                for executor in _EXECUTORS
                for key in ("image", "helper_image", "services[]", "services[].name")
            )
        ),
    ),
    required=lambda _, text: has_executor(text),
    parse=documents,
)

_GROUPS: Final = ("group", "pre.group", "post.group")
_URIS: Final = (
    *(f"io.buildpacks.{group}[].uri" for group in _GROUPS),
    *("build.buildpacks[].uri", "buildpacks[].uri", "extensions[].uri"),
    *("buildpack.uri", "dependencies[].uri", "lifecycle.uri"),
)

BUILDPACKS: Final = PathTable(
    name="buildpacks",
    ABOUT=About(
        recognised="`project.toml`, `builder.toml` and `package.toml` of Cloud Native"
        " Buildpacks",
        read="`builder`; the images of a builder for `build`, `run` and `stack`; `image`"
        " of buildpacks and extensions; each `uri` with `docker://`",
        not_read="buildpacks by their ids, in folders and from addresses (`urn:`,"
        " `https://`), and images without `docker://` that could be ids: with a registry,"
        " they are a `guess`",
        pinned="behind the tag",
    ),
    places=(
        Places(
            (
                "io.buildpacks.builder",
                "build.builder",
                "build.image",
                "run.images[].image",
                "stack.build-image",
                "stack.run-image",
                "buildpacks[].image",
                "extensions[].image",
                "dependencies[].image",
            )
        ),
        Places(_URIS, scheme=DockerScheme.REQUIRED),
        Places(_URIS, _MAY_BE_ID, prefix=_WITH_REGISTRY),
    ),
    variables=False,
    required=lambda _, text: _BUILDPACKS.search(text) is not None,
    parse=documents,
)
