"""Images in configurations of Google Cloud Build: `steps[].name`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import Dialect, at_places, of_documents
from imagelock.sources.shared.variables import variables_of
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.located_values import Hit
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`.yaml`, `.yml` and `.json` with `cloudbuild` in the name",
    read="`steps[].name`",
    not_read="`images`, which the build pushes; arguments",
    pinned="behind the tag",
    notes="`substitutions` of the file are the values of variables, unless"
    " `[variables]` in the configuration sets others. What Cloud Build sets by"
    " itself (`$PROJECT_ID`) is not known (`variable`).",
)
_ENDINGS: Final = frozenset({".json", ".yaml", ".yml"})
_OUTPUT: Final = Reason.BUILD_OUTPUT, "the build pushes it"
_DIALECT: Final = Dialect("cloud-build")


def may_match(path: PurePosixPath) -> bool:
    """Match `cloudbuild.yaml` and the names that people derive from it."""
    return path.suffix.lower() in _ENDINGS and "cloudbuild" in path.stem.lower()


def matches(path: PurePosixPath, text: str) -> bool:
    """Match what has steps."""
    return may_match(path) and (not text or "steps" in text)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each step, and what the build pushes as skipped."""

    def hits(document: Node) -> Iterator[Hit]:
        own = document.get("substitutions") if isinstance(document, Mapping) else None
        variables = variables_of(context, own)
        yield from at_places(document, ("steps[].name",), variables=variables)
        yield from at_places(document, ("images[]",), why=_OUTPUT)

    return of_documents(path, text, _DIALECT, hits)
