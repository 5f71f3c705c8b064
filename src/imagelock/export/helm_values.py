"""Values for Helm that hold nothing but images.

helm upgrade web ./chart -f values.yaml -f images.values.yaml
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.commands.pin import Wish, pin
from imagelock.export.target import Exported, Request
from imagelock.export.words import as_json
from imagelock.model.edit import apply
from imagelock.model.source_text import Text
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import VisitLimit
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

SUMMARY: Final = "values for Helm with the images of a values file"
FORMAT: Final = "helm-values"
_Keys = tuple[str | int, ...]


def export(request: Request) -> Exported:
    """Return the keys of the values files that pinning would change, as it would.

    Helm replaces a list whole, so that a key in a list cannot be overlaid.
    """
    found = [one for one in request.found if one.place.format == FORMAT]
    wanted = {one.reference.key for one, _ in request.used(FORMAT)}
    plan = pin(found, request.lockfile, Wish(keys=wanted), request.text)
    warnings = [f"{kept.occurrence.place.label}: {kept.reason}" for kept in plan.kept]
    overlay: dict[str, Any] = {}
    for path, edits in plan.edits.items():
        new = Text.decode(apply(request.content(path), edits))
        for keys, value in _changes(request.text(path), new):
            if any(isinstance(key, int) for key in keys):
                why = "is in a list, which Helm replaces whole"
            elif not _put(overlay, list(map(str, keys)), value):
                why = "has another value in another file: export one at a time"
            else:
                continue
            warnings.append(f"{path}: `{'.'.join(map(str, keys))}` {why}")
    return Exported(f"{as_json(overlay, indent=2)}\n", tuple(warnings))


def _changes(old: Text, new: Text) -> Iterator[tuple[_Keys, str]]:
    before = dict(_leaves(old))
    for keys, value in _leaves(new):
        if before.get(keys) != value:
            yield keys, value


def _leaves(text: Text) -> Iterator[tuple[_Keys, str]]:
    """Yield the keys on the way to each scalar of the documents, and its value."""
    visits = VisitLimit()
    waiting: list[tuple[_Keys, Node]] = [
        ((), one) for one in documents(text) if not isinstance(one, Broken)
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
    """Put *value* below *keys*; tell whether nothing else is there or in the way."""
    *way, last = keys
    here = root
    for key in way:
        here = here.setdefault(key, {})
        if not isinstance(here, dict):
            return False
    return bool(here.setdefault(last, value) == value)
