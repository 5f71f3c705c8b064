"""Pods in pipelines: the YAML in texts with three quotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.kubernetes.kubernetes import images
from imagelock.sources.shared.embedded import EmbeddedText, find_inside
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.offset_map import OffsetMap
from imagelock.syntax.yaml_json.paths import NodeRef
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.code_groups import CodeGroup
    from imagelock.syntax.code_tokens import CodeToken

_USE: Final = "yaml"
_LONG: Final = frozenset({'"""', "'''"})
_POD: Final = re.compile(r"^[ \t]*+(?:initC|c)ontainers[ \t]*+:", re.MULTILINE)
_CONTINUED: Final = re.compile(r"\\\r?\n")
"""The text begins in the next line."""

_COMPUTED: Final = re.compile(r"[$\\]")
_ESCAPED: Final = re.compile(r"\\")


def pod_images(file: SourceFile, program: list[CodeGroup]) -> Iterator[Found]:
    """Yield the images of the pods in the texts of *program*."""
    for group in program:
        for item in group.items:
            if item.quote in _LONG and "image" in item.text and _POD.search(item.text):
                yield from _inside(file, item)


def _inside(file: SourceFile, token: CodeToken) -> Iterator[Found]:
    continued = _CONTINUED.match(token.text)
    skipped = continued.end() if continued else 0
    spelling = OffsetMap.identity(token.start + skipped, token.end)
    inner = EmbeddedText(token.text[skipped:], outer=file.text, spelling=spelling)

    def find(text: Text) -> Iterator[Found]:
        within = SourceFile(path=file.path, text=text, format=file.format)
        for document in documents(text):
            if not isinstance(document, Broken) and isinstance(document, Mapping):
                yield from images(within, NodeRef(document))

    for finding in find_inside(inner, _USE, file.format, find):
        yield _unless_computed(finding, token)


def _unless_computed(finding: Found, token: CodeToken) -> Found:
    """Return *finding*, or that Groovy computes a part of its text."""
    text = finding.place.text
    if not (_COMPUTED if token.quote == '"""' else _ESCAPED).search(text):
        return finding
    detail = f"{quoted(text)} is computed when the pipeline runs"
    return Skipped(place=finding.place, reason=Reason.EXPRESSION, detail=detail)
