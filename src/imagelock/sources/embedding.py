"""Manifests in the texts of other manifests, where the project says to read them.

The data of a `ConfigMap`, annotations, and keys `manifest` and `manifests`.
Such a text is often only a part of an object, so that in it an `image` counts
wherever lists of containers do, and elsewhere if it looks like a reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.occurrence import Skipped
from imagelock.sources.documents import Broken, documents
from imagelock.sources.embedded import embedded
from imagelock.sources.kubernetes import of_document
from imagelock.sources.matching import everything
from imagelock.sources.paths import scalar_at
from imagelock.sources.plain import broken
from imagelock.sources.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.occurrence import Found
    from imagelock.sources.paths import Path, Selected
    from imagelock.sources.tree import Node
    from imagelock.text import Text

FORMAT: Final = "kubernetes"
_TEXTS: Final = frozenset({"manifest", "manifests"})
_MENTION: Final = re.compile(r"(?i)image")
_FILE: Final = re.compile(r".*\.(?:ya?ml|json)")


def find(path: PurePosixPath, text: Text) -> Iterator[Found]:
    """Yield what the texts in the manifests of a file name.

    What is no YAML of mappings has nothing in it, unless its key ends as the
    name of such a file does: then it is skipped with what is wrong.
    """
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        for at in everything(document):
            node = at.node
            if (
                isinstance(node, Scalar)
                and _MENTION.search(node.value)
                and _may_hold(at, document)
            ):
                named = at.path is not None and _FILE.fullmatch(str(at.path[1]))
                for one in embedded(path, text, at, FORMAT, lambda t: _inner(path, t)):
                    if named or not _is_broken(one):
                        yield one


def _is_broken(found: Found) -> bool:
    return isinstance(found, Skipped) and found.place.location.endswith("document")


def _inner(path: PurePosixPath, text: Text) -> Iterator[Found]:
    for document in documents(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, FORMAT)
        elif isinstance(document, Mapping | Sequence):
            yield from of_document(path, text, document)


def _may_hold(at: Selected, document: Node) -> bool:
    """Tell whether the scalar *at* is a text that can be a manifest."""
    steps = tuple(_steps(at.path))
    if not steps:
        return False
    if steps[0] in _TEXTS or "annotations" in steps[1:2]:
        return True
    kind = scalar_at(document, "kind")
    return kind is not None and kind.value == "ConfigMap" and steps[1:2] == ("data",)


def _steps(path: Path) -> Iterator[str | int]:
    """Yield the steps of *path*, the last one first."""
    while path is not None:
        path, step = path
        yield step
