"""An `ImagesLock` of imgpkg and kbld (`imgpkg.carvel.dev/v1alpha1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.errors import UnreadableFileError
from imagelock.importers.imported_digest import ImportedDigest, parse_entry
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text

_GROUP: Final = "imgpkg.carvel.dev"
_ID: Final = "kbld.carvel.dev/id"


def matches(text: str) -> bool:
    """Match YAML that names the API group and the kind."""
    return _GROUP in text and "ImagesLock" in text


def read(text: Text) -> Iterator[ImportedDigest]:
    """Yield each image under the id that kbld gave it, else under its name."""
    for document in documents(text):
        if isinstance(document, Broken):
            line, _ = text.position(document.start)
            raise UnreadableFileError(f"line {line}: {document.detail}")
        for entry in select(NodeRef(document), "images[]", VisitLimit()):
            image = scalar_at(entry.node, "image")
            if image is None or "@" not in image.value:
                line, _ = text.position(entry.node.start)
                raise UnreadableFileError(f"line {line}: an image without a digest")
            name, _, digest = image.value.strip().partition("@")
            original = scalar_at(entry.node, "annotations", _ID)
            if original is None:
                yield parse_entry(f"{name}@{digest}", digest)
            else:
                yield parse_entry(original.value.strip().partition("@")[0], digest)
