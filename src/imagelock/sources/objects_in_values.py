"""Objects of Kubernetes in the values of charts, which these add to their own.

`extraDeploy`, `extraObjects`, `extraManifests`, `rawResources`: each chart has its own
key, so that whole objects count wherever they are, as mappings or in texts. Texts can be
templates, as charts render them with `tpl`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence
from imagelock.sources.kubernetes.applied_manifests import without_flow
from imagelock.sources.kubernetes.kubernetes import images, matches
from imagelock.sources.kubernetes.walk import is_object
from imagelock.sources.shared.definitions import documents_without_definitions
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.sources.shared.source_file import SourceFile
from imagelock.sources.values_places import chart_values
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, below, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text


def find(path: PurePosixPath, text: Text, source: str) -> Iterator[Found]:
    """Yield the images of objects in the values in a file that *source* reads."""
    file = SourceFile(path=path, text=text, format=source)
    for document in documents_without_definitions(text):
        if isinstance(document, Broken):
            continue
        for values in chart_values(NodeRef(document), source):
            if isinstance(values.node, Scalar):
                yield from embedded(file, values, partial(images_of_objects, file))
            else:
                yield from _in_values(file, values)


def images_of_objects(file: SourceFile, text: Text) -> Iterator[Found]:
    """Yield the images of objects in *text*, which has values."""
    for document in documents(text):
        if not isinstance(document, Broken):
            yield from _in_values(replace(file, text=text), NodeRef(document))


def _in_values(file: SourceFile, values: NodeRef) -> Iterator[Found]:
    for at in distinct(below(values, VisitLimit())):
        if isinstance(at.node, Scalar):
            if matches(file.path, at.node.value):
                yield from embedded(file, at, partial(_in_objects, file))
        elif is_object(at.node):
            # What is no image for certain is reported where values are read.
            for found in images(file, at):
                if isinstance(found, Occurrence):
                    yield found


def _in_objects(file: SourceFile, text: Text) -> Iterator[Found]:
    """Yield the images of *text*: objects, or a list of them, perhaps as a template."""
    inner = replace(file, text=without_flow(text))
    for document in documents(inner.text):
        if isinstance(document, Broken):
            yield from inner.broken(document)
        elif isinstance(document, Mapping | Sequence):
            top = NodeRef(document)
            for at in (top, *select(top, "[]", VisitLimit())):
                if is_object(at.node):
                    yield from images(inner, at)
