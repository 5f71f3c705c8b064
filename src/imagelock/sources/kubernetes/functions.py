"""Containers that Kustomize and kpt run for an object: KRM functions.

`config.kubernetes.io/function` is an annotation, and its value is YAML (kyaml's
`fn/runtime/runtimeutil`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.sources.shared.embedded import embedded
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.source_file import SourceFile

_ANNOTATIONS: Final = ("config.kubernetes.io/function", "config.k8s.io/function")
_PLACES: Final = ("metadata.annotations", "items[].metadata.annotations")


def function_images(file: SourceFile, top: NodeRef) -> Iterator[Found]:
    """Yield the image of each function in the annotations of *top*, or of its items."""
    if not any(annotation in file.text.value for annotation in _ANNOTATIONS):
        return
    for pattern in _PLACES:
        for at in select(top, pattern, VisitLimit()):
            for key in _ANNOTATIONS:
                value = at.node.get(key) if isinstance(at.node, Mapping) else None
                if value is not None:
                    function = NodeRef(value, (at.path, key), at.node)
                    yield from embedded(file, function, lambda text: _in(file, text))


def _in(file: SourceFile, text: Text) -> Iterator[Found]:
    inner = replace(file, text=text)
    for document in documents(text):
        if isinstance(document, Broken):
            yield from inner.broken(document)
            continue
        for at in select(NodeRef(document), "container.image", VisitLimit()):
            if finding := inner.scalar(at):
                yield finding
