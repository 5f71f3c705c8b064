"""Images that a `MutatingAdmissionPolicy` puts into objects, in expressions of CEL.

https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import VisitLimit, dotted, select, text_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_KIND: Final = "MutatingAdmissionPolicy"
_EXPRESSIONS: Final = (
    "spec.mutations[].applyConfiguration.expression",
    "spec.mutations[].jsonPatch.expression",
)
_IMAGE: Final = re.compile(
    # A field, or the value behind the path of one.
    r"""(?:\bimage|/image["'][ \t\r\n]*+,[ \t\r\n]*+value)[ \t\r\n]*+:[ \t\r\n]*+"""
    r"""(?P<quote>["'])(?P<value>[^"'\\\r\n]++)(?P=quote)(?P<more>[ \t\r\n]*+[+?])?"""
)


def mutation_images(file: SourceFile, top: NodeRef) -> Iterator[Found]:
    """Yield the images in what *top*, if it is such a policy, puts into objects."""
    if text_at(top.node, "kind") != _KIND:
        return
    for pattern in _EXPRESSIONS:
        for at in select(top, pattern, VisitLimit()):
            node = at.node
            if isinstance(node, Scalar):
                offsets = map_offsets(file.text.value, node)
                for match in _IMAGE.finditer(node.value):
                    span = offsets.range(*match.span("value"))
                    yield _found(match, file.place_of(*span, dotted(at.path)))


def _found(match: re.Match[str], place: Place) -> Found:
    """Return the image in *match*, unless it is only a part of what CEL computes."""
    if match["more"]:
        detail = (
            f"`{match['value']}`: an expression, which only the cluster can resolve"
        )
        return Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)
    return classify(match["value"], place)
