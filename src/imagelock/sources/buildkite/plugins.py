"""The plugins of steps that run images, and where their images are.

https://github.com/buildkite-plugins/docker-buildkite-plugin
https://buildkite.com/docs/agent/self-hosted/agent-stack-k8s/podspec
https://github.com/EmbarkStudios/k8s-buildkite-plugin
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.syntax.yaml_json.paths import steps_to

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.paths import Path

_NAME: Final = re.compile(
    r"(?s)(?:.*/)?(?P<name>docker|docker-compose|k8s|kubernetes)(?:-buildkite-plugin)?"
    r"(?:\.git)?(?:#.*)?"
)
_OF_JOBS: Final = ("image", "init-image")
"""Images of plugins that make a job of Kubernetes of a step."""

IMAGES: Final = {
    "docker": ("image",),
    "k8s": _OF_JOBS,
    "kubernetes": (
        *_OF_JOBS,
        *(
            f"{pod}.{place}"
            for pod in ("podSpec", "podSpecPatch")
            for place in (
                "containers[].image",
                "initContainers[].image",
                "volumes[].image.reference",
            )
        ),
        "sidecars[].image",
    ),
}
"""Where the images are in the settings of a plugin, by its name."""


def plugin_name(path: Path) -> str | None:
    """Return which plugin the mapping at *path* configures, if it is a known one."""
    match steps_to(path, 3):
        case (str(key), int(), "plugins") | (str(key), "plugins", *_):
            name = _NAME.fullmatch(key)
            return name["name"] if name else None
        case _:
            return None
