"""Documents inside a document: the text of a scalar, read as a file by itself.

Kustomize patches, Helm values in a manifest, files in a ConfigMap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.shared.plain import place_of
from imagelock.syntax.yaml_json.offset_map import OffsetMap, map_offsets
from imagelock.syntax.yaml_json.paths import dotted
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.span import Span
    from imagelock.syntax.yaml_json.paths import NodeRef

DEEPEST: Final = 3
"""How many texts may lie in each other; each one is read once more."""

_NOT_INSIDE: Final = re.compile(r"[\n\"']")
"""What needs an indentation or an escape inside another text."""


def embedded(
    path: PurePosixPath,
    text: Text,
    at: NodeRef,
    source: str,
    find: Callable[[Text], Iterable[Found]],
) -> Iterator[Found]:
    """Yield what *find* finds in the text that the scalar *at* of *text* holds.

    *find* gets that text: hand it to `documents`, or to the `find` of a source.
    All places and slots are those in the file at *path*; their uses begin with
    the path of *at*, and their format is *source*, the name of the format of
    the file. What is no scalar, or empty, has nothing in it. A text of which it
    is not known how it is written is skipped.
    """
    node = at.node
    if not isinstance(node, Scalar) or not node.value.strip():
        return
    spelling = map_offsets(text.value, node)
    if _depth(text) >= DEEPEST or not _is_exact(spelling, node):
        detail = "a text inside the text, which cannot be followed to its place"
        yield Skipped(
            place=place_of(path, text, at, source),
            reason=Reason.UNPARSEABLE,
            detail=detail,
        )
        return
    inner = EmbeddedText(
        node.value, outer=text, spelling=spelling, depth=_depth(text) + 1
    )
    for found in find(inner):
        yield _outward(found, inner, dotted(at.path), source)


def distinct(places: Iterable[NodeRef]) -> Iterator[NodeRef]:
    """Yield each node of *places* once, at the first place that aliases lead to.

    A text is as long as it likes, and reading it once for every alias would not
    be in proportion to the file.
    """
    seen: set[int] = set()
    for at in places:
        if id(at.node) not in seen:
            seen.add(id(at.node))
            yield at


# It inherits, so that every source can read it, and only its places differ.
@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedText(Text):
    """What a scalar of *outer* means; its spans are those in the file.

    *spelling* says where in *outer* each character is written. A span of no
    characters is right behind the character before it.
    """

    outer: Text = field(repr=False)
    spelling: OffsetMap = field(repr=False)
    depth: int
    _written: dict[Span, str] = field(default_factory=dict, repr=False, compare=False)

    def span(self, start: int, end: int) -> Span:
        """Return where the characters from *start* to *end* lie in the file."""
        first, last = self._range(start, end)
        span = self.outer.span(first, last)
        self._written[span] = (
            self.outer.written(span)
            if isinstance(self.outer, EmbeddedText)
            else self.outer.value[first:last]
        )
        return span

    def position(self, index: int) -> tuple[int, int]:
        """Return the line and the column in the file of the character at *index*."""
        return self.outer.position(self._range(index, index)[0])

    def written(self, span: Span) -> str:
        """Return what the file has at *span*, which this text must have returned."""
        return self._written[span]

    def _range(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in `outer` of the characters from *start* to *end*."""
        starts, ends = self.spelling.starts, self.spelling.ends
        if start < end:
            return starts[start], ends[end - 1]
        at = ends[start - 1] if start else self.spelling.start
        return at, at


def _depth(text: Text) -> int:
    return text.depth if isinstance(text, EmbeddedText) else 0


def _is_exact(spelling: OffsetMap, scalar: Scalar) -> bool:
    """Tell whether *spelling* tells the characters of *scalar* from each other."""
    first = len(scalar.value) - len(scalar.value.lstrip())
    whole = spelling.start, spelling.end
    only = len(scalar.value.strip()) == 1
    return only or (spelling.starts[first], spelling.ends[first]) != whole


def _outward(found: Found, inner: EmbeddedText, prefix: str, source: str) -> Found:
    """Return *found*, of the text *inner*, as what the file around it has."""
    place = _place(found.place, inner, prefix, source)
    form = found.slot.form if isinstance(found, Occurrence) and found.slot else ""
    if isinstance(found, Occurrence) and _NOT_INSIDE.search(form):
        why = "it is in a text inside the file, to which no key is added"
        return replace(found, place=place, slot=None, unpinnable_reason=why)
    return replace(found, place=place)


def _place(place: Place, inner: EmbeddedText, prefix: str, source: str) -> Place:
    uses = tuple(
        f"{prefix}{use}" if use.startswith("[") else f"{prefix}.{use}".lstrip(".")
        for use in place.uses
    )
    return replace(place, text=inner.written(place.span), format=source, uses=uses)
