"""Exact versions of a chart's dependencies, from `Chart.lock`."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

_FIELDS: Final = (
    *("name", "version", "repository", "condition"),
    *("tags", "enabled", "import-values", "alias"),
)
_ALWAYS: Final = frozenset({"name", "repository"})
_ESCAPED: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""What Go's `json.Marshal` escapes beside the usual."""


def locked_versions(chart: Node, lock: Text) -> list[str] | None:
    """Return the version of each dependency of *chart*, in order, as *lock* has it.

    `None` if *lock* is not that of these dependencies. Helm decides that by a
    digest of both lists (`internal/resolver`, `HashReq`).
    """
    document = next((d for d in documents(lock) if not isinstance(d, Broken)), None)
    wanted, exact = _dependencies(chart), _dependencies(document)
    digest = scalar_at(document, "digest")
    if digest is None or not wanted or len(wanted) != len(exact):
        return None
    if digest.value.strip() != f"sha256:{_hash(wanted, exact)}":
        return None
    return [str(dependency.get("version", "")) for dependency in exact]


def _dependencies(document: Node | None) -> list[dict[str, Any]]:
    listed = document.get("dependencies") if isinstance(document, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else ()
    return [_fields(item) for item in items]


def _fields(item: Node) -> dict[str, Any]:
    """Return the fields of a dependency as Helm writes them, in its order."""
    fields: dict[str, Any] = {}
    for key in _FIELDS:
        value = _plain(item.get(key)) if isinstance(item, Mapping) else None
        if key == "enabled":
            value = value == "true"
        if value or key in _ALWAYS:
            fields[key] = value or ""
    return fields


def _plain(node: Node | None) -> Any:  # noqa: ANN401 - a part of a JSON document
    if isinstance(node, Scalar):
        return None if node.null else node.value
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    pairs = node.items.items() if node else ()
    return {key: _plain(value) for key, value in sorted(pairs)}


def _hash(wanted: list[dict[str, Any]], exact: list[dict[str, Any]]) -> str:
    text = json.dumps([wanted, exact], ensure_ascii=False, separators=(",", ":"))
    for character, escape in _ESCAPED.items():
        text = text.replace(character, escape)
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
