"""Definitions of custom resources: schemas without images, often megabytes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.syntax.line_breaks import has_unusual_breaks
from imagelock.syntax.yaml_json.documents import Broken, documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

_KIND: Final = "CustomResourceDefinition"
_START: Final = re.compile(
    r"(?:---)?[ \t]*+(?:#.*)?\r?\n(?:[ \t]*+(?:#.*)?\r?\n)*+(?=[a-zA-Z])|(?=[a-zA-Z])"
)
_OUTER: Final = re.compile(r"\n([^ \t\r\n#].*)")
"""Not with `^`, for which every character would be looked at."""
_KEY: Final = re.compile(
    rf"(apiVersion|metadata|spec|status):.*|(kind):[ \t]++[\"']?{_KIND}"
    r"[\"']?[ \t]*+(?:#.*)?\r?"
)
_MARKER: Final = re.compile(r"---[ \t]*+(?:#.*)?\r?")


def documents_without_definitions(text: Text) -> Iterator[Node | Broken]:
    """Yield the documents of *text*; a definition is passed over unread."""
    has_some = _KIND in text.value
    return documents(text, is_definition if has_some else None)


def is_definition(document: str) -> bool:
    """Return whether *document* can be nothing but a definition.

    Its first line is a key without indent, so all its outer keys are, and they are
    those of an object, each once. So `kind` is what it looks like, and not a line of
    a text, or one of two.
    """
    if _KIND not in document or has_unusual_breaks(document):
        return False
    if not _START.match(document):
        return False
    lines = [
        line for line in _OUTER.findall(f"\n{document}") if not _MARKER.fullmatch(line)
    ]
    keys = [match[1] or match[2] for match in map(_KEY.fullmatch, lines) if match]
    return len(lines) == len(keys) == len(set(keys)) and "kind" in keys
