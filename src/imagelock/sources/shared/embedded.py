"""Documents inside a document: the text of a scalar, read as a file by itself.

Kustomize patches, Helm values in a manifest, files in a ConfigMap.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Occurrence, Reason
from imagelock.model.source_text import Text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.offset_map import OffsetMap, map_offsets
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.span import Span
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
    if not isinstance(at.node, Scalar) or not at.node.value.strip():
        return
    inner = _inner(file, at.node)
    if inner is None:
        detail = "a text inside the text, which cannot be followed to its place"
        yield file.skip(at, Reason.UNPARSEABLE, detail)
        return
    yield from find_inside(inner, file.place(at).location, file.format, find)


def find_inside(
    inner: EmbeddedText,
    prefix: str,
    format_: str,
    find: Callable[[Text], Iterable[Found]],
) -> Iterator[Found]:
    """Yield the findings of *find* in *inner*, with their places in its file.

    *prefix* is the path of the text, with which their uses begin, and *format_* the
    format of the file.
    """
    for finding in find(inner):
        yield _outward(finding, inner, prefix, format_)


def _inner(file: SourceFile, scalar: Scalar) -> EmbeddedText | None:
    """Return the text of *scalar*, if its characters can be traced to *file*."""
    spelling = map_offsets(file.text.value, scalar)
    inner = EmbeddedText(scalar.value, outer=file.text, spelling=spelling)
    is_exact = inner.depth <= DEEPEST and _is_exact(spelling, scalar)
    return inner if is_exact else None


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
    _texts: dict[Span, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def depth(self) -> int:
        """How many texts it lies in."""
        outer = self.outer
        return outer.depth + 1 if isinstance(outer, EmbeddedText) else 1

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


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedFile(SubstitutedFile):
    """The text of a scalar as a file, whose places are those in the file around it.

    `prefix` is the path of the scalar. No key can be added to such a file.
    """

    prefix: str

    @classmethod
    def of(cls, file: SourceFile, at: NodeRef) -> EmbeddedFile | None:
        """Return the text of the scalar *at* of *file*, if it can be traced there."""
        text = _inner(file, at.node) if isinstance(at.node, Scalar) else None
        if text is None:
            return None
        prefix = file.place(at).location
        return cls(path=file.path, text=text, format=file.format, prefix=prefix)

    def place_of(self, start: int, end: int, use: str) -> Place:
        """Return the place of the characters from *start* to *end*."""
        place = SourceFile.place_of(self, start, end, use)
        return _place(place, self.text, self.prefix, self.format)


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


def _place(place: Place, inner: Text, prefix: str, format_: str) -> Place:
    uses = tuple(
        f"{prefix}{use}" if use.startswith("[") else f"{prefix}.{use}".lstrip(".")
        for use in place.uses
    )
    text = inner.written(place.span) if isinstance(inner, EmbeddedText) else place.text
    return replace(place, text=text, format=format_, uses=uses)
