"""Base images in the configuration of ko: `.ko.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.plain import broken, named
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`.ko.yaml`",
    read="`defaultBaseImage`, `baseImageOverrides`",
    not_read="import paths, and `ko://` in manifests, which ko builds",
    pinned="behind the tag",
)
_PLACES: Final = ("defaultBaseImage", "baseImageOverrides.*")


def may_match(path: PurePosixPath) -> bool:
    """Match the one name that ko looks for."""
    return path.name in {".ko.yaml", ".ko.yml"}


def matches(path: PurePosixPath, text: str) -> bool:
    """Match whatever is in it."""
    del text
    return may_match(path)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image that binaries are put on, and those for single ones."""
    del context
    for document in documents(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, "ko")
            continue
        for place in _PLACES:
            for one in select(NodeRef(document), place, VisitLimit()):
                if found := named(path, text, one, "ko"):
                    yield found
