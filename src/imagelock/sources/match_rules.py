"""Places in YAML and JSON that only the project knows: `[[match]]` in its settings.

    key = "*_IMAGE"            the value of a key with such a name, at any depth
    path = "spec.images[].ref" the value at the end of this way from the top
    value = "image"            it is the reference
    value = "yaml" | "json"    it is a text in which `inside` is one
    tag-key = "tag"            the key beside it that has the tag

Like the search rules of kbld (carvel.dev/kbld/docs/latest/config), whose values
are `entireValue`, `yaml` and `json`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import translate
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from imagelock.model.occurrence import DigestSlot, Occurrence
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.embedded import embedded
from imagelock.sources.shared.plain import broken, named
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    children,
    scalar_at,
    select,
)
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

FORMAT: Final = "match"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A place where an image is named.

    `where` is the name of a key or a pattern of names, or a path (`is_path`).
    `inside` is where it is in a text in the value; with a `.` or `[`, a path.
    """

    where: str
    is_path: bool = False
    value: Literal["image", "yaml", "json"] = "image"
    inside: str = "image"
    tag_key: str | None = None


def find(path: PurePosixPath, text: Text, match: Match) -> Iterator[Found]:
    """Yield what *match* means in a file, and the documents that cannot be read."""
    for document in documents(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, FORMAT)
            continue
        for at in _selected(document, match):
            if match.value == "image":
                yield from _image(path, text, at, match)
            else:
                inner = Match(
                    where=match.inside,
                    is_path=any(sign in match.inside for sign in ".["),
                    tag_key=match.tag_key,
                )
                reader = partial(find, path, match=inner)
                yield from embedded(path, text, at, FORMAT, reader)


def _selected(document: Node, match: Match) -> Iterator[NodeRef]:
    """Yield the values that *match* means, in the order of the text."""
    if match.is_path:
        yield from select(NodeRef(document), match.where, VisitLimit())
        return
    fits = re.compile(translate(match.where)).match
    for at in everything(document):
        if at.path is not None and isinstance(step := at.path[1], str) and fits(step):
            yield at


def everything(document: Node) -> Iterator[NodeRef]:
    """Yield each node of *document*, what aliases repeat without end left out."""
    visits = VisitLimit()
    waiting = [NodeRef(document)]
    while waiting:
        at = waiting.pop()
        yield at
        if not isinstance(at.node, Scalar) and visits.allow(at.node):
            below = [
                NodeRef(
                    child,
                    (at.path, step),
                    at.node,
                    at.is_duplicate_key or is_duplicate_key,
                )
                for step, child, is_duplicate_key in children(at.node)
            ]
            waiting += reversed(below)


def _image(
    path: PurePosixPath, text: Text, at: NodeRef, match: Match
) -> Iterator[Found]:
    """Yield the image in the value *at*, with the tag that stands beside it."""
    tag = scalar_at(at.parent, match.tag_key) if match.tag_key else None
    plain = named(path, text, at, FORMAT)
    if plain is None or tag is None or not tag.value.strip() or at.is_duplicate_key:
        if plain is not None:
            yield plain
        return
    place = plain.place
    name = at.node.value.strip() if isinstance(at.node, Scalar) else ""
    found = classify(f"{name}:{tag.value.strip()}", place)
    if isinstance(found, Occurrence):
        at_sign = text.value.find("@", tag.start, tag.end)
        end = tag.end if at_sign < 0 else at_sign
        behind = text.span(end, tag.end)
        found = replace(
            found, slot=DigestSlot(behind, "@{digest}"), tag=text.span(tag.start, end)
        )
    yield found
