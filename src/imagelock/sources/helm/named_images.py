"""Images that other values of a chart name by their keys.

Some charts have all their images in one mapping, such as `images`, from which their
parts choose: `image: web` means the image in `images.web` then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.keys import DIGESTS, TAGS
from imagelock.sources.shared.official_images import OFFICIAL_IMAGES
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    children,
    dotted,
    scalar_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

_BARE: Final = re.compile(r"[A-Za-z0-9._-]+")
_COLLECTION: Final = re.compile(r"[iI]mages$")
_MARKS: Final = frozenset({"registry", *TAGS, *DIGESTS})


def named_images(values: Node) -> dict[str, str]:
    """Return the paths of the images in *values*, by the names that mean them.

    The names are their keys, their `name` in a list, and their paths.
    """
    names: dict[str, str] = {}
    for at in below(NodeRef(values), VisitLimit()):
        step = at.path[1] if at.path else ""
        is_collection = _COLLECTION.search(str(step)) is not None
        for name, child in _named(at.node):
            is_image = _has_parts(child) or (is_collection and _is_reference(child))
            if is_image and (is_collection or name not in OFFICIAL_IMAGES):
                path = dotted((at.path, name))
                names |= {path: path, name: names.get(name, path)}
    return {name: path for name, path in names.items() if _BARE.fullmatch(name)}


def _named(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the children of *node* by their keys, or the names that they have."""
    for step, child, _ in children(node):
        if isinstance(step, str):
            yield step, child
        elif name := scalar_at(child, "name"):
            yield name.value, child


def _is_reference(node: Node) -> bool:
    return isinstance(node, Scalar) and not {"/", ":"}.isdisjoint(node.value)


def _has_parts(node: Node) -> bool:
    keys = node.items.keys() if isinstance(node, Mapping) else frozenset[str]()
    return "repository" in keys and not _MARKS.isdisjoint(keys)
