"""Base images in the configuration of ko: `.ko.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.plain import broken, named
from imagelock.sources.source import About
from imagelock.sources.trees.documents import Broken, documents
from imagelock.sources.trees.paths import Selected, Visits, select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.text import Text

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
            for one in select(Selected(document), place, Visits()):
                if found := named(path, text, one, "ko"):
                    yield found
