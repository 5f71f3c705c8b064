"""Names of images that plugins of a pipeline build.

https://github.com/buildkite-plugins/docker-compose-buildkite-plugin
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.buildkite.plugins import plugin_name
from imagelock.sources.shared.build_commands import known_names
from imagelock.sources.shared.plain_variables import plain_variables
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    select,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text
    from imagelock.sources.shared.build_commands import BuiltName

COMPOSE: Final = "docker-compose"
_PUSH: Final = re.compile(r"[^:\s]++:(?P<name>\S++)")
"""A service and the image that it is pushed as: `app:acme/app:1`."""


def built_by_plugins(text: Text) -> Iterator[BuiltName]:
    """Yield the names that the plugin `docker-compose` gives to what it builds."""
    variables = plain_variables(text.value)
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        visits = VisitLimit()
        for at in below(NodeRef(document), VisitLimit()):
            if plugin_name(at.path) != COMPOSE:
                continue
            for node, start, end, name in _names(at, visits):
                extent = map_offsets(text.value, node).range(start, end)
                yield from known_names(name, extent, variables)


def _names(
    plugin: NodeRef, visits: VisitLimit
) -> Iterator[tuple[Scalar, int, int, str]]:
    """Yield the scalar with a name, the characters of its value, and the name."""
    for place in ("push", "push[]"):
        for at in select(plugin, place, visits):
            if not isinstance(at.node, Scalar):
                continue
            if match := _PUSH.fullmatch(at.node.value):
                yield at.node, *match.span("name"), match["name"]
    tag = text_at(plugin.node, "image-name")
    for at in select(plugin, "image-repository", visits):
        if isinstance(at.node, Scalar) and not at.node.null:
            name = at.node.value
            yield at.node, 0, len(name), f"{name}:{tag}" if tag else name
