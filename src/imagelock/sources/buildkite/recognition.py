"""Whether a file is a pipeline of Buildkite.

`buildkite-agent pipeline upload` takes a file of any name: a mapping with `steps`, or
a list of steps.
https://buildkite.com/docs/agent/cli/reference/pipeline
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import PurePosixPath

_NAME: Final = "buildkite"
_OTHER: Final = re.compile(r"^(?:apiVersion|services)[ \t]*+:", re.MULTILINE)
"""Keys of manifests and of Compose, whose files are also in `.buildkite`."""

_STEPS_ANYWHERE: Final = re.compile(
    r"""^[ \t{-]*+["']?steps["']?[ \t]*+:|\{[ \t]*+["']?steps["']?[ \t]*+:""",
    re.MULTILINE,
)
_STEPS: Final = re.compile(
    r"""^(?:["']?steps["']?|[ \t{]*+"steps")[ \t]*+:""", re.MULTILINE
)
_LIST: Final = re.compile(
    r"""^-[ \t]++["']?(?:label|name|command|commands|plugins|wait|group|key|image|if"""
    r"""|block|input|trigger|env|agents|depends_on)["']?[ \t]*+(?::|$)"""
    r"""|\A\s*+\[""",
    re.MULTILINE,
)
_PLUGIN: Final = re.compile(
    r"""\b(?:docker|k8s|kubernetes)(?:-buildkite-plugin)?(?:\.git)?#[^\s"'#:]++["']?[ \t]*+:"""
)
_POD: Final = re.compile(
    r"""\bkubernetes["']?[ \t]*+:[\s{]*+["']?(?:podSpec|podSpecPatch|sidecars|checkout"""
    r"""|gitEnvFrom|mirrorVolumeMounts|metadata|extraVolumeMounts|podTemplate)["']?[ \t]*+:"""
)
_QUEUE: Final = re.compile(
    r"""["']?\bagents["']?[ \t]*+:[\s{\[-]*+["']?queue["']?[ \t]*+[:=]"""
)


def is_pipeline(path: PurePosixPath, text: str) -> bool:
    """Return whether the file at *path* with this *text* is a pipeline.

    Where its name does not say so, it must have a plugin that runs images, or agents
    of a queue.
    """
    if _OTHER.search(text):
        return False
    folders = (part.lower().removeprefix(".") for part in path.parts[:-1])
    if _NAME in path.name.lower() or _NAME in folders:
        return any(each.search(text) for each in (_STEPS_ANYWHERE, _LIST))
    return _STEPS.search(text) is not None and any(
        each.search(text) for each in (_PLUGIN, _POD, _QUEUE)
    )
