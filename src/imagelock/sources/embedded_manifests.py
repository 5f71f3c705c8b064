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
from imagelock.sources.values_places import KUBERNETES, chart_values
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, below, scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text

_VALUES: Final = "helm-values"
_KEYS: Final = frozenset({"manifest", "manifests"})
_MENTION: Final = re.compile(r"(?i)image")


def find(path: PurePosixPath, text: Text, source: str = KUBERNETES) -> Iterator[Found]:
    """Yield the images in the texts in the manifests, or values, of a file.

    *source* is the name of the source that reads the file, one of those whose files
    have manifests or values.

    A text that does not parse is silently left out, unless its key ends like the
    name of a YAML or JSON file: then it is skipped as unparseable.
    """
    file = SourceFile(path=path, text=text, format=source)
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        top = NodeRef(document)
        if source == KUBERNETES:
            yield from _in_texts(file, _texts(top))
        for values in chart_values(top, source):
            if isinstance(values.node, Scalar):
                yield from embedded(file, values, partial(find, path, source=_VALUES))
            else:
                yield from _in_texts(file, _texts(values, is_values=True))


def _in_texts(file: SourceFile, texts: Iterable[NodeRef]) -> Iterator[Found]:
    for at in texts:
        key = str(at.path[1]) if at.path is not None else ""
        is_file = is_yaml_or_json(PurePosixPath(key))
        for finding in embedded(file, at, partial(_images_in, file.path)):
            if is_file or not _is_broken(finding):
                yield finding


def _texts(top: NodeRef, *, is_values: bool = False) -> Iterator[NodeRef]:
    """Yield the scalars at *top* or below it that can hold a manifest."""
    holders: set[int] = set()
    for at in below(top, VisitLimit()):
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
    """Yield the images in *text*, and in the texts of its own manifests."""
    file = SourceFile(path=path, text=text, format=KUBERNETES)
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
        elif isinstance(document, Mapping | Sequence):
            top = NodeRef(document)
            yield from images(file, top)
            yield from _in_texts(file, _texts(top))
