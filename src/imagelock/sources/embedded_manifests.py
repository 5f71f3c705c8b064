"""Manifests in the texts of other manifests, where the project says to read them.

The data of a `ConfigMap`, annotations, keys `manifest` and `manifests`, and any
block of text (`|`) in the values of a chart, which is what a `ConfigMap` will hold.
Such a text is often only a part of an object, so that in it an `image` counts
wherever lists of containers do, and elsewhere if it looks like a reference.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_yaml_or_json
from imagelock.model.occurrence import Skipped
from imagelock.sources.kubernetes.kubernetes import images
from imagelock.sources.shared.embedded import embedded
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, below, scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

FORMAT: Final = "kubernetes"
VALUES: Final = "helm-values"
_KEYS: Final = frozenset({"manifest", "manifests"})
_MENTION: Final = re.compile(r"(?i)image")


def find(path: PurePosixPath, text: Text, source: str = FORMAT) -> Iterator[Found]:
    """Yield the images in the texts in the manifests, or values, of a file.

    *source* is the name of the source that reads the file: `kubernetes` or
    `helm-values`.

    A text that does not parse is silently left out, unless its key ends like the
    name of a YAML or JSON file: then it is skipped as unparseable.
    """
    file = SourceFile(path=path, text=text, format=source)
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        for at in _texts(document, is_values=source == VALUES):
            key = str(at.path[1]) if at.path is not None else ""
            is_file = is_yaml_or_json(PurePosixPath(key))
            for finding in embedded(file, at, partial(_images_in, path)):
                if is_file or not _is_broken(finding):
                    yield finding


def _texts(document: Node, *, is_values: bool) -> Iterator[NodeRef]:
    """Yield the scalars of *document* that can hold a manifest."""
    holders: set[int] = set()
    for at in below(NodeRef(document), VisitLimit()):
        node = at.node
        if isinstance(node, Mapping):
            kind = scalar_at(node, "kind")
            holders.add(id(node.get("annotations")))
            if kind is not None and kind.value == "ConfigMap":
                holders.add(id(node.get("data")))
        elif isinstance(node, Sequence):
            if at.path is not None and at.path[1] in _KEYS:
                holders.add(id(node))
        elif (
            at.path is not None
            and (
                (is_values and node.block)
                or id(at.parent) in holders
                or at.path[1] in _KEYS
            )
            and _MENTION.search(node.value)
        ):
            yield at


def _is_broken(finding: Found) -> bool:
    return isinstance(finding, Skipped) and finding.place.location.endswith("document")


def _images_in(path: PurePosixPath, text: Text) -> Iterator[Found]:
    file = SourceFile(path=path, text=text, format=FORMAT)
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
        elif isinstance(document, Mapping | Sequence):
            yield from images(file, NodeRef(document))
