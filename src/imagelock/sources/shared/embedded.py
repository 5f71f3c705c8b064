"""Documents inside a document: the text of a scalar, read as a file by itself.

Kustomize patches, Helm values in a manifest, files in a ConfigMap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason
from imagelock.model.source_text import Text
from imagelock.syntax.yaml_json.offset_map import OffsetMap, map_offsets
from imagelock.syntax.yaml_json.paths import dotted
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.span import Span
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

DEEPEST: Final = 3
"""How many texts may lie in each other; each one is read once more."""

_NOT_INSIDE: Final = re.compile(r"[\n\"']")
"""What needs an indentation or an escape inside another text."""


def embedded(
    file: SourceFile, at: NodeRef, find: Callable[[Text], Iterable[Found]]
) -> Iterator[Found]:
    """Yield the findings of *find* in the text that the scalar *at* of *file* holds.

    *find* gets that text: hand it to `documents`, or to the `find` of a source.
    All places and slots are those in *file*, and so is their format; their uses
    begin with the path of *at*. What is no scalar, or empty, has nothing in it. A
    scalar whose characters cannot be traced to the file is skipped.
    """
    text = file.text
    node = at.node
    if not isinstance(node, Scalar) or not node.value.strip():
        return
    spelling = map_offsets(text.value, node)
    if _depth(text) >= DEEPEST or not _is_exact(spelling, node):
        detail = "a text inside the text, which cannot be followed to its place"
        yield file.skip(at, Reason.UNPARSEABLE, detail)
        return
    inner = EmbeddedText(
        node.value, outer=text, spelling=spelling, depth=_depth(text) + 1
    )
    prefix = dotted(at.path)
    for finding in find(inner):
        yield _outward(finding, inner, prefix, file.format)


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
    """The value of a scalar of *outer*; its spans are those in the file.

    *spelling* maps each character to its place in *outer*. A span of no
    characters is right behind the character before it.
    """

    outer: Text = field(repr=False)
    spelling: OffsetMap = field(repr=False)
    depth: int
    _texts: dict[Span, str] = field(default_factory=dict, repr=False, compare=False)

    def span(self, start: int, end: int) -> Span:
        """Return where the characters from *start* to *end* lie in the file."""
        first, last = self._range(start, end)
        span = self.outer.span(first, last)
        self._texts[span] = (
            self.outer.written(span)
            if isinstance(self.outer, EmbeddedText)
            else self.outer.value[first:last]
        )
        return span

    def position(self, index: int) -> tuple[int, int]:
        """Return the line and the column in the file of the character at *index*."""
        return self.outer.position(self._range(index, index)[0])

    def written(self, span: Span) -> str:
        """Return the text of the file at *span*, which must come from `self.span`."""
        return self._texts[span]

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
    """Return whether *spelling* places single characters of *scalar*."""
    first = len(scalar.value) - len(scalar.value.lstrip())
    whole = spelling.start, spelling.end
    only = len(scalar.value.strip()) == 1
    return only or (spelling.starts[first], spelling.ends[first]) != whole


def _outward(finding: Found, inner: EmbeddedText, prefix: str, format_: str) -> Found:
    """Return *finding*, of the text *inner*, as one of the file around it."""
    place = _place(finding.place, inner, prefix, format_)
    if not isinstance(finding, Occurrence):
        guess = finding.guess and _outward(finding.guess, inner, prefix, format_)
        guess = guess if isinstance(guess, Occurrence) else None
        return replace(finding, place=place, guess=guess)
    if finding.slot and _NOT_INSIDE.search(finding.slot.template):
        why = "it is in a text inside the file, to which no key is added"
        return replace(finding, place=place, slot=None, unpinnable_reason=why)
    return replace(finding, place=place)


def _place(place: Place, inner: EmbeddedText, prefix: str, format_: str) -> Place:
    uses = tuple(
        f"{prefix}{use}" if use.startswith("[") else f"{prefix}.{use}".lstrip(".")
        for use in place.uses
    )
    return replace(place, text=inner.written(place.span), format=format_, uses=uses)
