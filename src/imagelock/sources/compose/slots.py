"""Digest slots and tags in values of Compose that have variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import DigestSlot

if TYPE_CHECKING:
    from imagelock.model.occurrence import Occurrence
    from imagelock.model.span import Span
    from imagelock.sources.compose.value import ComposeValue

_TEMPLATE: Final = "@{digest}"
_IN_VARIABLE: Final = "a variable gives it its digest"


def with_slot(
    occurrence: Occurrence, value: ComposeValue, characters: tuple[int, int]
) -> Occurrence:
    """Return *occurrence*, at *characters* of *value*, with its `slot` and `tag`.

    In `redis:${T:-${U:-7}}` the digest goes behind the `7`, if that counts: behind
    the whole text it would remain with every other tag that a variable sets.
    """
    if not value.meaning.lookups:
        return occurrence
    start, end = _visible(value.text, characters)
    name, _, digest = value.text[start:end].partition("@")
    behind = start + len(name)
    tag = name.rfind(":", name.rfind("/") + 1) + 1
    span = _span(value, start + tag, behind) if tag else None
    if digest:
        occurrence = _with_digest(occurrence, _span(value, behind, end))
        is_last = (
            span is not None and span.end == occurrence.place.span.end - end + behind
        )
    else:
        occurrence = _without_digest(occurrence, value, (start, end))
        is_last = span is not None and span.end == occurrence.place.span.end
    return occurrence if is_last else replace(occurrence, tag=span)


def _with_digest(occurrence: Occurrence, span: Span | None) -> Occurrence:
    if span is None:
        return replace(occurrence, unpinnable_reason=_IN_VARIABLE)
    is_last = span.end == occurrence.place.span.end
    return (
        occurrence if is_last else replace(occurrence, slot=DigestSlot(span, _TEMPLATE))
    )


def _without_digest(
    occurrence: Occurrence, value: ComposeValue, characters: tuple[int, int]
) -> Occurrence:
    """Return *occurrence* with a slot, if a default at the end decided its end."""
    _, end = characters
    spelling = value.meaning.spelling
    last = _span(value, end - 1, end)
    if last is None or spelling.ends[end - 1] != spelling.range(*characters)[1]:
        return occurrence
    if last.end == occurrence.place.span.end:
        return occurrence
    offset = value.spelling.ends[value.meaning.ends[end - 1] - 1]
    return replace(
        occurrence, slot=DigestSlot(value.file.text.span(offset, offset), _TEMPLATE)
    )


def _span(value: ComposeValue, start: int, end: int) -> Span | None:
    """Return the span of the characters, if the file has exactly these."""
    ends = value.meaning.ends[start:end]
    if (
        not ends
        or ends[0] < 0
        or list(ends) != list(range(ends[0], ends[0] + len(ends)))
    ):
        return None
    first, last = ends[0] - 1, ends[-1] - 1
    extent = value.spelling.starts[first], value.spelling.ends[last]
    text = value.file.text
    is_exact = text.value[slice(*extent)] == value.text[start:end]
    return text.span(*extent) if is_exact else None


def _visible(text: str, characters: tuple[int, int]) -> tuple[int, int]:
    start, end = characters
    piece = text[start:end].rstrip()
    return start + len(piece) - len(piece.lstrip()), start + len(piece)
