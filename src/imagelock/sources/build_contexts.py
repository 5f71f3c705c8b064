"""Build contexts that `docker/build-push-action` gets: `name=docker-image://…`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.shared.classify import classify
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import VisitLimit, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

INPUT: Final = "build-contexts"

_CONTEXT: Final = re.compile(
    r"""(?m)^[ \t]*+(?P<quote>"?)(?P<name>[^=\s"]++)=(?P<value>[^\r\n]*?)(?P=quote)"""
    r"[ \t]*+$"
)
"""A line of a list as Docker's actions read it."""

_IMAGE: Final = "docker-image://"


def context_names(step: NodeRef) -> frozenset[str]:
    """Return the names that the build contexts of *step* replace in a Dockerfile."""
    return frozenset(match["name"] for _, match in _contexts(step))


def context_images(file: SourceFile, step: NodeRef) -> Iterator[Found]:
    """Yield the images among the build contexts of *step*, and what may be some."""
    for node, match in _contexts(step):
        start, end = match.span("value")
        value = match["value"]
        if value.startswith(_IMAGE):
            value, start = value.removeprefix(_IMAGE), start + len(_IMAGE)
        elif not value.startswith("${{"):
            continue
        if value:
            span = map_offsets(file.text.value, node).range(start, end)
            yield classify(value, file.place_of(*span, INPUT))


def _contexts(step: NodeRef) -> Iterator[tuple[Scalar, re.Match[str]]]:
    for at in select(step, f"with.{INPUT}", VisitLimit()):
        if isinstance(at.node, Scalar) and not at.node.null:
            for match in _CONTEXT.finditer(at.node.value):
                yield at.node, match
