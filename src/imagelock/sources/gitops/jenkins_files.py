"""The files of Jenkins in a `ConfigMap`: `config.xml` of a server, or of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.sources.jenkins import config_xml
from imagelock.sources.shared.embedded import embedded
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.paths import VisitLimit, select, text_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.paths import NodeRef


def images_of_files(
    path: PurePosixPath, text: Text, objects: Iterable[NodeRef], context: Context
) -> Iterator[Found]:
    """Yield the images of the files in those of *objects* that are a `ConfigMap`."""
    file = SourceFile(path=path, text=text, format="kubernetes")
    for document in objects:
        if text_at(document.node, "kind") != "ConfigMap":
            continue
        for at in select(document, "data.*", VisitLimit()):
            value = at.node.value if isinstance(at.node, Scalar) else ""
            if value.lstrip().startswith("<") and config_xml.matches(path, value):
                yield from embedded(
                    file, at, lambda inner: config_xml.find(path, inner, context)
                )
