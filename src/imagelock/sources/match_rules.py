"""Places in YAML and JSON that only the project knows: `[[match]]` in its settings.

    key = "*_IMAGE"            the values of keys with such names, at any depth
    path = "spec.images[].ref" the values at a path from the top
    value = "image"            the value is the reference
    value = "yaml" | "json"    the value is a text with an image at `inside`
    tag-key = "tag"            the key beside it that has the tag

Like the search rules of kbld (carvel.dev/kbld/docs/latest/config), whose values
are `entireValue`, `yaml` and `json`.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import DigestSlot, Occurrence
from imagelock.sources.shared.embedded import embedded
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
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
class MatchRule:
    """A place where an image is named.

    `where` is the name of a key or a pattern of names, or a path (`is_path`).
    `inside` is the place within a text in the value; with a `.` or `[`, a path.
    """

    where: str
    is_path: bool = False
    value: Literal["image", "yaml", "json"] = "image"
    inside: str = "image"
    tag_key: str | None = None


def find(path: PurePosixPath, text: Text, rule: MatchRule) -> Iterator[Found]:
    """Yield the images that *rule* matches in a file, and its broken documents."""
    file = SourceFile(path=path, text=text, format=FORMAT)
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        for at in _matched(document, rule):
            if rule.value == "image":
                yield from _image(file, at, rule)
            else:
                inner = MatchRule(
                    where=rule.inside,
                    is_path=any(mark in rule.inside for mark in ".["),
                    tag_key=rule.tag_key,
                )
                yield from embedded(file, at, partial(find, path, rule=inner))


def _matched(document: Node, rule: MatchRule) -> Iterator[NodeRef]:
    """Yield the nodes that *rule* matches, in the order of the text."""
    if rule.is_path:
        yield from select(NodeRef(document), rule.where, VisitLimit())
        return
    matches = re.compile(translate(rule.where)).match
    for at in below(NodeRef(document), VisitLimit()):
        key = at.path[1] if at.path else None
        if isinstance(key, str) and matches(key):
            yield at


def _image(file: SourceFile, at: NodeRef, rule: MatchRule) -> Iterator[Found]:
    """Yield the image at *at*, with the tag that stands beside it."""
    tag = scalar_at(at.parent, rule.tag_key) if rule.tag_key else None
    untagged = file.scalar(at)
    if untagged is None:
        return
    if tag is None or not tag.value.strip() or at.is_duplicate_key:
        yield untagged
        return
    name = at.node.value.strip() if isinstance(at.node, Scalar) else ""
    finding = file.classify(f"{name}:{tag.value.strip()}", at)
    if isinstance(finding, Occurrence):
        text = file.text
        at_digest = text.value.find("@", tag.start, tag.end)
        end = tag.end if at_digest < 0 else at_digest
        finding = replace(
            finding,
            slot=DigestSlot(text.span(end, tag.end), "@{digest}"),
            tag=text.span(tag.start, end),
        )
    yield finding
