"""Walk through a Kubernetes object and meet everything that could be an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.sources.gitops.kinds import has_values
from imagelock.sources.kubernetes.hits import Entry, Hit, by_rule, by_shape
from imagelock.sources.kubernetes.kinds import (
    IMAGE_KINDS,
    POLICY_GROUPS,
    SILENT_GROUPS,
    SILENT_KINDS,
    Role,
)
from imagelock.sources.shared.image_likeness import SILENT_KEYS
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, children, scalar_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

_CONTAINERS: Final = frozenset({"containers", "initContainers", "ephemeralContainers"})


def is_object(node: Node) -> bool:
    """Tell whether *node* says of which kind it is."""
    return bool(_word(node, "apiVersion") and _word(node, "kind"))


@dataclass(slots=True)
class WalkResult:
    """What a walk met: `hits` may name an image, `charts` hold values of charts."""

    hits: list[Hit] = field(default_factory=list)
    charts: list[NodeRef] = field(default_factory=list)


def walk(document: NodeRef) -> WalkResult:
    """Return what may name images in *document*, an object or a list of objects."""
    met = WalkResult()
    _Walk(met).visit(document, Role.GUESS)
    return met


@dataclass(slots=True)
class _Walk:
    met: WalkResult
    _visits: VisitLimit = field(default_factory=VisitLimit)
    _ruled: set[int] = field(default_factory=set)

    def visit(self, at: NodeRef, role: Role) -> None:
        """Meet *at* and all below; *role* is what a key `image` is here."""
        if isinstance(at.node, Scalar) or not self._visits.allow(at.node, role.name):
            return
        own = is_object(at.node)
        if own:
            found = _role(at.node)
            if found is None:
                return
            role = found
            self._apply_rules(at, role)
            if has_values(at.node):
                self.met.charts.append(at)
                return
        for entry in self._entries(at, role):
            step = entry.at.path[1] if entry.at.path else ""
            if step in SILENT_KEYS or (own and step == "status"):
                continue
            self._add_guesses(entry)
            self.visit(entry.at, entry.role)

    def _entries(self, at: NodeRef, role: Role) -> Iterator[Entry]:
        for step, child, is_duplicate_key in children(at.node):
            below = NodeRef(
                child, (at.path, step), at.node, at.is_duplicate_key or is_duplicate_key
            )
            lists = role is Role.GUESS and step in _CONTAINERS
            yield Entry(below, Role.IMAGE if lists else role, self._visits)

    def _apply_rules(self, at: NodeRef, role: Role) -> None:
        if role is not Role.PATTERN:
            ruled = list(by_rule(_word(at.node, "kind"), at, self._visits))
            self.met.hits += ruled
            self._ruled.update(id(hit.at.node) for hit in ruled)

    def _add_guesses(self, entry: Entry) -> None:
        """Add what *entry* names by its shape, unless a rule for the kind knew it."""
        for hit in by_shape(entry):
            if id(hit.at.node) not in self._ruled:
                self.met.hits.append(hit)


def _role(node: Node) -> Role | None:
    """Return what a key `image` is in this object, or `None` if it has no image."""
    kind, group = _word(node, "kind"), _word(node, "apiVersion").rpartition("/")[0]
    if kind in SILENT_KINDS or SILENT_GROUPS.fullmatch(group):
        return None
    if group in POLICY_GROUPS:
        return Role.PATTERN
    return Role.IMAGE if kind in IMAGE_KINDS else Role.GUESS


def _word(node: Node, key: str) -> str:
    scalar = scalar_at(node, key)
    return scalar.value if scalar else ""
