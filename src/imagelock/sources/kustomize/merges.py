"""Read a patch that is an object to merge (strategic merge)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.kustomize.edits import ObjectMerge
from imagelock.sources.kustomize.fields import slot_of
from imagelock.sources.shared.classify import has_pull_policy, is_never_pulled
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    dotted,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from imagelock.sources.kustomize.edits import Put
    from imagelock.sources.kustomize.fields import Slot
    from imagelock.syntax.yaml_json.tree import Node

_LISTS: Final = ("containers", "initContainers", "ephemeralContainers")


def merge_of(document: NodeRef, puts: tuple[Put, ...]) -> ObjectMerge:
    """Return the merge with *document*, whose images are *puts*."""
    containers: dict[str, list[str]] = {}
    removed: set[tuple[str, str]] = set()
    whole: set[str] = set()
    for at in below(NodeRef(document.node), VisitLimit()):
        key = at.path[1] if at.path else ""
        if not isinstance(at.node, Sequence) or key not in _LISTS:
            continue
        where = dotted(at.path)
        directives = {_directive(item) for item in at.node.items}
        names = [text_at(item, "name") for item in at.node.items]
        removed |= {
            (where, text_at(item, "name"))
            for item in at.node.items
            if _directive(item) == "delete"
        }
        containers[where] = [
            name for name in names if name and (where, name) not in removed
        ]
        if "replace" in directives:
            whole.add(where)
    return ObjectMerge(
        puts,
        containers,
        frozenset(removed),
        frozenset(whole),
        deletes_object=_directive(document.node) == "delete",
        policies=_policies(document),
    )


def _policies(document: NodeRef) -> dict[Slot, bool]:
    """Return for which images *document* says when they are pulled: never, or else."""
    policies: dict[Slot, bool] = {}
    for at in below(NodeRef(document.node), VisitLimit()):
        if isinstance(at.node, Mapping) and has_pull_policy(at.node):
            name = text_at(at.node, "name")
            slot = slot_of(f"{dotted(at.path)}.image", name)
            policies[slot] = is_never_pulled(at.node)
    return policies


def _directive(node: Node) -> str:
    return text_at(node, "$patch")
