"""The configuration of Jenkins in a `ConfigMap`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.shared.jenkins_clouds import has_clouds, images_in_text
from imagelock.syntax.yaml_json.paths import VisitLimit, select, text_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_KIND: Final = "ConfigMap"


def images_of_data(file: SourceFile, document: NodeRef) -> Iterator[Found]:
    """Yield the images of agents that the `ConfigMap` *document* configures."""
    if text_at(document.node, "kind") != _KIND:
        return
    for at in select(document, "data.*", VisitLimit()):
        if isinstance(at.node, Scalar) and has_clouds(at.node.value):
            yield from images_in_text(file, at)
