"""Where a digest and a tag are written in a value of Compose that has variables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import DigestSlot

if TYPE_CHECKING:
    from imagelock.model.occurrence import Occurrence
    from imagelock.model.span import Span
    from imagelock.sources.compose.value import Value

_FORM: Final = "@{digest}"
_FIXED: Final = "a variable gives it its digest"


def with_slot(
    found: Occurrence, value: Value, characters: tuple[int, int]
) -> Occurrence:
    """Return *found*, which is at *characters* of *value*, with its `slot` and `tag`.

    In `redis:${T:-${U:-7}}` the digest goes behind the `7`, if that is what counts:
    behind the whole text it would outlive every other tag that a variable gives.
    """
    if not value.meaning.lookups:
        return found
    start, end = _visible(value.text, characters)
    name, _, digest = value.text[start:end].partition("@")
    behind = start + len(name)
    tag = name.rfind(":", name.rfind("/") + 1) + 1
    span = _span(value, start + tag, behind) if tag else None
    if digest:
        found = _with_digest(found, _span(value, behind, end))
        is_last = span is not None and span.end == found.place.span.end - end + behind
    else:
        found = _without_digest(found, value, (start, end))
        is_last = span is not None and span.end == found.place.span.end
    return found if is_last else replace(found, tag=span)


def _with_digest(found: Occurrence, span: Span | None) -> Occurrence:
    if span is None:
        return replace(found, unpinnable_reason=_FIXED)
    is_last = span.end == found.place.span.end
    return found if is_last else replace(found, slot=DigestSlot(span, _FORM))


def _without_digest(
    found: Occurrence, value: Value, characters: tuple[int, int]
) -> Occurrence:
    """Give *found* a slot if a default at the end of the text decided its end."""
    _, end = characters
    spelling = value.meaning.spelling
    last = _span(value, end - 1, end)
    if last is None or spelling.ends[end - 1] != spelling.range(*characters)[1]:
        return found
    if last.end == found.place.span.end:
        return found
    offset = value.spelling.ends[value.meaning.ends[end - 1] - 1]
    return replace(found, slot=DigestSlot(value.file.text.span(offset, offset), _FORM))


def _span(value: Value, start: int, end: int) -> Span | None:
    """Return where the characters are, if they stand in the file one by one."""
    ends = value.meaning.ends[start:end]
    if (
        not ends
        or ends[0] < 0
        or list(ends) != list(range(ends[0], ends[0] + len(ends)))
    ):
        return None
    first, last = ends[0] - 1, ends[-1] - 1
    place = value.spelling.starts[first], value.spelling.ends[last]
    text = value.file.text
    is_exact = text.value[slice(*place)] == value.text[start:end]
    return text.span(*place) if is_exact else None


def _visible(text: str, characters: tuple[int, int]) -> tuple[int, int]:
    start, end = characters
    piece = text[start:end].rstrip()
    return start + len(piece) - len(piece.lstrip()), start + len(piece)
