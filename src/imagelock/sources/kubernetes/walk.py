"""Walk a Kubernetes object for everything that may be an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.sources.kubernetes.candidates import (
    Candidate,
    KeyValue,
    by_rule,
    by_shape,
)
from imagelock.sources.kubernetes.chart_kinds import has_chart_values, installs_chart
from imagelock.sources.kubernetes.kinds import (
    IMAGE_KINDS,
    POLICY_GROUPS,
    SILENT_GROUPS,
    SILENT_KINDS,
    Role,
)
from imagelock.sources.shared.image_likeness import SILENT_KEYS
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, children, text_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

_SCORECARD: Final = "scorecard.operatorframework.io/"
_CONTAINERS: Final = frozenset({"containers", "initContainers", "ephemeralContainers"})


def is_object(node: Node) -> bool:
    """Return whether *node* has `apiVersion` and `kind`.

    operator-sdk reads YAML as Go reads JSON, where the case of keys does not matter,
    and for years wrote `apiversion` into the settings of its scorecard.
    """
    has_version = text_at(node, "apiVersion") != "" or (
        text_at(node, "apiversion").startswith(_SCORECARD)
    )
    return has_version and text_at(node, "kind") != ""


@dataclass(slots=True)
class WalkResult:
    """The nodes that may name an image, and the objects that install charts."""

    candidates: list[Candidate] = field(default_factory=list)
    charts: list[NodeRef] = field(default_factory=list)


def walk(document: NodeRef) -> WalkResult:
    """Return the candidates in *document*, an object or a list of objects."""
    result = WalkResult()
    _ObjectWalk(result).visit(document, Role.GUESS)
    return result


@dataclass(slots=True)
class _ObjectWalk:
    """`_ruled` are the ids of the nodes that a rule for their kind has decided."""

    result: WalkResult
    _visits: VisitLimit = field(default_factory=VisitLimit)
    _ruled: set[int] = field(default_factory=set)

    def visit(self, at: NodeRef, role: Role) -> None:
        """Add the candidates below *at*, where *role* is that of a key `image`."""
        if isinstance(at.node, Scalar) or not self._visits.allow(at.node, role.name):
            return
        is_own_object = is_object(at.node)
        if is_own_object:
            object_role = _role(at.node)
            if object_role is None:
                return
            role = object_role
            self._apply_rules(at, role)
            if installs_chart(at.node):
                self.result.charts.append(at)
            if has_chart_values(at.node):
                return
        for entry in self._entries(at, role):
            step = entry.at.path[1] if entry.at.path else ""
            if step in SILENT_KEYS or (is_own_object and step == "status"):
                continue
            self._add_by_shape(entry)
            self.visit(entry.at, entry.role)

    def _entries(self, at: NodeRef, role: Role) -> Iterator[KeyValue]:
        for step, child, is_duplicate_key in children(at.node):
            below = NodeRef(
                child, (at.path, step), at.node, at.is_duplicate_key or is_duplicate_key
            )
            is_containers = role is Role.GUESS and step in _CONTAINERS
            yield KeyValue(below, Role.IMAGE if is_containers else role, self._visits)

    def _apply_rules(self, at: NodeRef, role: Role) -> None:
        if role is not Role.PATTERN:
            ruled = list(by_rule(text_at(at.node, "kind"), at, self._visits))
            self.result.candidates += ruled
            self._ruled.update(id(candidate.at.node) for candidate in ruled)

    def _add_by_shape(self, entry: KeyValue) -> None:
        """Add the candidates of *entry* that no rule for the kind has decided."""
        for candidate in by_shape(entry):
            if id(candidate.at.node) not in self._ruled:
                self.result.candidates.append(candidate)


def _role(node: Node) -> Role | None:
    """Return the role of a key `image` in an object, or `None` if it has no image."""
    kind, group = text_at(node, "kind"), text_at(node, "apiVersion").rpartition("/")[0]
    if kind in SILENT_KINDS or SILENT_GROUPS.fullmatch(group):
        return None
    if group in POLICY_GROUPS:
        return Role.PATTERN
    return Role.IMAGE if kind in IMAGE_KINDS else Role.GUESS
