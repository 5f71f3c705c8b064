"""Look up nodes of YAML and JSON documents, and write them in flow style."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.export.target import to_json
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

_NOT_A_STRING: Final = re.compile(r"true|false|null|-?\d+")
"""Plain scalars that are not strings."""


def parsed_documents(text: Text) -> tuple[Node, ...]:
    """Return the documents of *text*, without broken ones."""
    return tuple(node for node in documents(text) if not isinstance(node, Broken))


def node_at(nodes: Iterable[Node], *steps: str | int) -> Node | None:
    """Return the node at the path *steps* of the first of *nodes* that has it."""
    for start in nodes:
        node: Node | None = start
        for step in steps:
            node = _child(node, step)
        if node is not None:
            return node
    return None


def flow(node: Node, text: Text, changed: dict[int, str] | None = None) -> str:
    """Return *node* as one line of JSON, which is also YAML.

    A plain scalar in *text* that is not a string, such as `true`, stays plain.
    *changed* maps the `id` of a scalar to its new text.
    """
    if isinstance(node, Mapping):
        pairs = node.items.items()
        inside = (f"{to_json(k)}: {flow(v, text, changed)}" for k, v in pairs)
        return f"{{{', '.join(inside)}}}"
    if isinstance(node, Sequence):
        return f"[{', '.join(flow(item, text, changed) for item in node.items)}]"
    if changed and id(node) in changed:
        return to_json(changed[id(node)])
    is_plain = text.value[node.start - 1 : node.start] not in {'"', "'"}
    if node.null or (is_plain and _NOT_A_STRING.fullmatch(node.value)):
        return node.value or "null"
    return to_json(node.value)


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None
