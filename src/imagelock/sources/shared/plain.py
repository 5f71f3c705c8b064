"""Scalars of YAML and JSON that are references just as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.model.occurrence import Place, Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.syntax.yaml_json.paths import dotted
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.documents import Broken
    from imagelock.syntax.yaml_json.paths import NodeRef


def place_of(path: PurePosixPath, text: Text, selected: NodeRef, source: str) -> Place:
    """Return where *selected* stands; *source* is the name of the format."""
    node = selected.node
    return Place(
        path=path,
        span=text.span(node.start, node.end),
        text=text.value[node.start : node.end],
        format=source,
        uses=(dotted(selected.path),),
    )


def named(
    path: PurePosixPath, text: Text, selected: NodeRef, source: str
) -> Found | None:
    """Return what *selected* names, or nothing if it is no scalar or is empty."""
    node = selected.node
    if not isinstance(node, Scalar) or node.null or not node.value.strip():
        return None
    place = place_of(path, text, selected, source)
    if selected.is_duplicate_key:
        detail = "a key is written twice, and readers differ about which counts"
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=detail)
    return classify(node.value, place)


def broken(path: PurePosixPath, text: Text, part: Broken, source: str) -> Skipped:
    """Return a document that cannot be read."""
    detail = "a template, which is no YAML until it is rendered"
    return Skipped(
        place=Place(
            path=path,
            span=text.span(part.start, part.end),
            text=text.value[part.start : part.end],
            format=source,
            uses=("document",),
        ),
        reason=Reason.TEMPLATE if part.template else Reason.UNPARSEABLE,
        detail=detail if part.template else part.detail,
    )
