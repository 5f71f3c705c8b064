"""Parts of YAML and JSON documents, found again and written in flow style."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.export.words import as_json
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

_WORD: Final = re.compile(r"true|false|null|-?\d+")
"""What is no string if it is written without quotes."""


def whole(text: Text) -> tuple[Node, ...]:
    """Return the documents in *text*, without those that are broken."""
    return tuple(one for one in documents(text) if not isinstance(one, Broken))


def at(nodes: Iterable[Node], *steps: str | int) -> Node | None:
    """Return the node at *steps* of the first of *nodes* that has it."""
    for start in nodes:
        node: Node | None = start
        for step in steps:
            node = _child(node, step)
        if node is not None:
            return node
    return None


def flow(node: Node, text: Text, changed: dict[int, str] | None = None) -> str:
    """Return *node* in one line of JSON, which is YAML, too.

    A word that is written without quotes in *text*, such as `true`, stays one.
    *changed* are scalars, by `id`, with the text that they have instead.
    """
    if isinstance(node, Mapping):
        pairs = node.items.items()
        inside = (f"{as_json(k)}: {flow(v, text, changed)}" for k, v in pairs)
        return f"{{{', '.join(inside)}}}"
    if isinstance(node, Sequence):
        return f"[{', '.join(flow(item, text, changed) for item in node.items)}]"
    if changed and id(node) in changed:
        return as_json(changed[id(node)])
    is_plain = text.value[node.start - 1 : node.start] not in {'"', "'"}
    if node.null or (is_plain and _WORD.fullmatch(node.value)):
        return node.value or "null"
    return as_json(node.value)


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None
