from __future__ import annotations

import codecs
from typing import SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.errors import UnreadableFileError
from imagelock.model.source_text import Text

CHARACTERS = st.text(
    st.sampled_from(list("ab \n\r\té✓😀\u2028\u0085")), min_size=1, max_size=40
)


@given(CHARACTERS, st.data(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_span_is_the_bytes_of_the_characters(
    value: str, data: st.DataObject, encoding: str
) -> None:
    raw = value.encode(encoding)
    start = data.draw(st.integers(0, len(value) - 1))
    end = data.draw(st.integers(start, len(value)))
    text = Text.decode(raw)

    span = text.span(start, end)

    assert text.value == value
    assert raw[span.start : span.end].decode(text.encoding) == value[start:end]
    assert span.line == value.count("\n", 0, start) + 1
    assert span.column == start - (value.rfind("\n", 0, start) + 1) + 1


@given(st.binary(max_size=40).filter(lambda data: b"\0" not in data))
def test_bytes_that_are_not_utf_8_keep_their_places(data: bytes) -> None:
    try:
        text = Text.decode(data)
    except UnreadableFileError:
        assert data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return

    assert text.span(0, len(text.value)).end == len(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"image: a\0b", "NUL"), (codecs.BOM_UTF16_LE + b"a", "UTF-16-LE")],
)
def test_binary_files_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableFileError, match=words):
        Text.decode(data)


@given(CHARACTERS, st.integers(1, 60), st.data())
def test_places_hold_far_into_a_text(
    piece: str, times: int, data: st.DataObject
) -> None:
    value = piece * times
    start = data.draw(st.integers(0, len(value) - 1))
    end = data.draw(st.integers(start, len(value)))
    raw = value.encode("utf-8-sig")

    span = Text.decode(raw).span(start, end)

    assert raw[span.start : span.end].decode() == value[start:end]


class Counted(str):
    """A text that counts the characters that are taken out of it."""

    __slots__ = ("taken",)

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        piece = super().__getitem__(key)
        self.taken = getattr(self, "taken", 0) + len(piece)
        return piece


@pytest.mark.parametrize("line", ["é", "é\n", "é" * 300 + "\n"])
def test_many_places_in_a_long_text_cost_little(line: str) -> None:
    value = Counted(line * (60_000 // len(line)))
    text = Text(value)
    places = range(0, len(value), 100)

    for start in places:
        text.span(start, start + 10)

    assert value.taken < len(value) + len(places) * 2 * 1000
