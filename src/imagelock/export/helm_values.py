"""Helm values with only images.

Used as `helm upgrade web ./chart -f values.yaml -f images.values.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.commands.editing.pin_plan import PinOptions, plan_pins
from imagelock.dataclass import replace
from imagelock.export.target import Exported, Request, to_json
from imagelock.model.edit import apply
from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import VisitLimit
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.syntax.yaml_json.tree import Node

SUMMARY: Final = "Helm values with the images of the values files"
FORMAT: Final = "helm-values"
_Keys = tuple[str | int, ...]


def export(request: Request) -> Exported:
    """Return the keys of the values files that get a digest, with new values.

    They are those that `pin` would change, and the empty tags for which a chart takes
    its own version. Helm replaces whole lists, so a key within a list cannot be
    overridden.
    """
    found = [
        _overridable(entry) for entry in request.found if entry.place.format == FORMAT
    ]
    keys = {occurrence.reference.key for occurrence, _ in request.used(FORMAT)}
    plan = plan_pins(found, request.lockfile, PinOptions(keys=keys), request.read_text)
    warnings = [
        f"{kept.occurrence.place.label}: {kept.reason}" for kept in plan.unchanged
    ]
    overlay: dict[str, Any] = {}
    for path, edits in plan.edits.items():
        new = Text.decode(apply(request.content(path), edits))
        for steps, value in _changes(request.read_text(path), new):
            if any(isinstance(step, int) for step in steps):
                problem = "is in a list, which Helm replaces as a whole"
            elif not _put(overlay, list(map(str, steps)), value):
                problem = "has another value in another file: export one at a time"
            else:
                continue
            warnings.append(f"{path}: `{'.'.join(map(str, steps))}` {problem}")
    return Exported(f"{to_json(overlay, indent=2)}\n", tuple(warnings))


def _overridable(found: Found) -> Found:
    """Return *found* as what can be overridden, though not be pinned, where it is.

    A tag that the chart decides is not written into its values, as it follows the
    chart; the overlay is written for one version of the chart.
    """
    if isinstance(found, Occurrence) and found.slot:
        return replace(found, unpinnable_reason=None)
    return found


def _changes(old: Text, new: Text) -> Iterator[tuple[_Keys, str]]:
    before = dict(_leaves(old))
    for keys, value in _leaves(new):
        if before.get(keys) != value:
            yield keys, value


def _leaves(text: Text) -> Iterator[tuple[_Keys, str]]:
    """Yield the path and the value of each scalar in the documents of *text*."""
    visits = VisitLimit()
    waiting: list[tuple[_Keys, Node]] = [
        ((), document)
        for document in documents(text)
        if not isinstance(document, Broken)
    ]
    while waiting:
        keys, node = waiting.pop()
        if isinstance(node, Scalar):
            yield keys, node.value
        elif visits.allow(node):
            children = (
                node.items.items()
                if isinstance(node, Mapping)
                else enumerate(node.items)
            )
            waiting += [((*keys, key), child) for key, child in children]


def _put(root: dict[str, Any], keys: list[str], value: str) -> bool:
    """Set *value* at the path *keys*; return whether nothing else was there."""
    *parents, last = keys
    node = root
    for key in parents:
        node = node.setdefault(key, {})
        if not isinstance(node, dict):
            return False
    return bool(node.setdefault(last, value) == value)
