"""Tell an image in an object of Kubernetes from all others: object, field, container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.relations import ManifestImage
from imagelock.sources.shared.classify import is_never_pulled
from imagelock.syntax.yaml_json.paths import dotted, steps_below, text_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from imagelock.sources.relations import Pairs
    from imagelock.syntax.yaml_json.paths import NodeRef, Path
    from imagelock.syntax.yaml_json.tree import Node

_LIST: Final = "List"


def manifest_image(document: NodeRef, at: NodeRef) -> ManifestImage:
    """Return the image at the node *at* of *document*, an object or a list of objects."""
    node, steps = document.node, steps_below(document.path, at.path)
    if text_at(node, "kind").endswith(_LIST) and steps[:1] == ("items",):
        items = node.get("items") if isinstance(node, Mapping) else None
        if isinstance(items, Sequence) and len(steps) > 1:
            node, steps = items.items[int(steps[1])], steps[2:]
    path: Path = None
    for step in steps:
        path = path, step
    return ManifestImage(
        value=at.node.value if isinstance(at.node, Scalar) else "",
        kind=text_at(node, "kind"),
        name=text_at(node, "metadata", "name"),
        namespace=text_at(node, "metadata", "namespace"),
        field=dotted(path),
        container=text_at(at.parent, "name"),
        is_never_pulled=is_never_pulled(at.parent),
        labels=pairs_at(node, "metadata", "labels"),
        annotations=pairs_at(node, "metadata", "annotations"),
    )


def pairs_at(node: Node | None, *keys: str) -> Pairs:
    """Return the mapping of texts at *keys*, such as labels."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    items = node.items.items() if isinstance(node, Mapping) else ()
    return tuple((key, at.value) for key, at in items if isinstance(at, Scalar))
