"""Images in pipelines of Drone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import (
    MACHINE,
    Dialect,
    at_places,
    of_documents,
)
from imagelock.sources.shared.variables import variables_of
from imagelock.syntax.yaml_json.paths import scalar_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.located_values import Hit
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`.drone.yml` and `.drone.yaml`, and others that end so"
    " (`release.drone.yml`)",
    read="`steps[].image` and `services[].image` of pipelines that run in containers;"
    " `pipeline.*.image`, `services.*.image` and `clone.*.image` of Drone 0.8",
    not_read="`server.image`, which is a virtual machine; pipelines of type `exec` and"
    " `ssh`; settings of plugins",
    pinned="behind the tag",
)
_PLACES: Final = (
    "clone.*.image",
    "pipeline.*.image",
    "services.*.image",
    "services[].image",
    "steps.*.image",
    "steps[].image",
)
_WITHOUT_CONTAINERS: Final = frozenset({"digitalocean", "exec", "macstadium", "ssh"})
_DIALECT: Final = Dialect("drone")


def may_match(path: PurePosixPath) -> bool:
    """Match the name that Drone looks for by default, and what ends like it."""
    return path.name.lower().endswith((".drone.yml", ".drone.yaml"))


def matches(path: PurePosixPath, text: str) -> bool:
    """Match whatever is in it."""
    del text
    return may_match(path)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of each pipeline, and those of its machine as skipped."""

    def hits(document: Node) -> Iterator[Hit]:
        kind, runner = scalar_at(document, "kind"), scalar_at(document, "type")
        if kind is not None and kind.value != "pipeline":
            return
        if runner is None or runner.value not in _WITHOUT_CONTAINERS:
            yield from at_places(document, _PLACES, variables=variables_of(context))
        yield from at_places(document, ("server.image",), why=MACHINE)

    return of_documents(path, text, _DIALECT, hits)
