from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position, PositionEncodingKind, Range

from imagelock.lsp.documents import OpenDocument
from imagelock.lsp.positions import PositionMap, SpanMap
from imagelock.model.source_text import Text
from tests.support.editor import Editor, drive, written
from tests.support.locked import save

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(st.sampled_from("ab:\n\r\t é€😀\u2028\x0b\ud800"), max_size=30)
ENCODINGS = st.sampled_from(PositionEncodingKind)
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@given(TEXTS, ENCODINGS, st.data())
def test_a_position_leads_back_to_its_character(
    text: str, encoding: PositionEncodingKind, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(text)))
    if text[index - 1 : index + 1] == "\r\n":
        index -= 1  # within a line end there is no position
    positions = PositionMap(text, encoding)
    position = positions.position(index)
    codec, size = CODECS[encoding.value]
    lines = text.replace("\r\n", "\n\n").replace("\r", "\n")[:index].split("\n")

    assert positions.index(position) == index
    last = text[index - len(lines[-1]) : index]
    assert position.character == len(last.encode(codec, "surrogatepass")) // size


@given(
    TEXTS,
    ENCODINGS,
    st.tuples(*[st.integers(0, 2**31 - 1) | st.integers(0, 9)] * 4),
    st.text("x\n", max_size=3),
)
def test_any_range_edits_something(
    text: str,
    encoding: PositionEncodingKind,
    corners: tuple[int, int, int, int],
    new: str,
) -> None:
    place = Range(Position(*corners[:2]), Position(*corners[2:]))
    change = written(new, place)
    document = OpenDocument("file:///a", 1, text).changed([change], 2, encoding)
    start, end = PositionMap(text, encoding).indexes(place)

    assert 0 <= start <= end <= len(text)
    assert document.text == text[:start] + new + text[end:]
    assert len(document.data.decode()) == len(document.text)


@pytest.mark.parametrize(
    ("position", "index"),
    [
        ((0, 99), 3),  # behind a line: its end
        ((9, 0), 6),  # behind the text: its end
        ((1, 1), 4),  # within a surrogate pair: its start
        ((1, 2), 5),
    ],
)
def test_positions_that_do_not_exist(position: tuple[int, int], index: int) -> None:
    positions = PositionMap("abc\n😀d", PositionEncodingKind.Utf16)

    assert positions.index(Position(*position)) == index


@pytest.mark.parametrize(
    ("before", "encoding", "corners"),
    [
        ("# 😀 ", "utf-16", (5, 6)),
        ("# 😀 ", "utf-8", (7, 8)),
        ("# 😀 ", "utf-32", (4, 5)),
        ("é\r\r\n", "utf-8", (0, 1)),
    ],
)
def test_spans_of_files_with_marks_and_other_encodings(
    before: str, encoding: str, corners: tuple[int, int]
) -> None:
    for codec in ("utf-8", "utf-8-sig", "utf-16"):
        value = f"\n{before}x\n"
        data = value.encode(codec)
        text = Text.decode(data)
        index = value.index("x")
        span = text.span(index, index + 1)
        place = SpanMap(data, text, PositionEncodingKind(encoding)).range(span)

        assert (place.start.character, place.end.character) == corners


@pytest.mark.parametrize("encoding", ["", "utf-8", "utf-16", "utf-32"])
def test_the_encoding_is_negotiated(project: Path, encoding: str) -> None:
    save(project, "nginx:1.27")
    text = "services: {'😀': {image: 'nginx:9'}}\n"

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml", text)
        (found,) = await editor.diagnostics("compose.yaml")
        codec, size = CODECS[encoding or "utf-16"]
        before = text.partition("nginx")[0]
        assert found.range.start.character == len(before.encode(codec)) // size

    drive(scenario, project, encodings=[encoding] if encoding else [])


def test_broken_offsets_and_halves_of_surrogates_are_survived(project: Path) -> None:
    save(project, "nginx:1.27")
    last = 2**31 - 1
    places = [
        Range(Position(last, last), Position(last, last)),
        Range(Position(5, 5), Position(0, 3)),
        Range(Position(0, 18), Position(0, last)),
    ]

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml", "# 😀😀\nservices: {}\n")
        for place in places:
            editor.change("compose.yaml", written("\ud83d x \udc00", place))
        # No message of the protocol: positions are not negative.
        editor.change(
            "compose.yaml", written("", Range(Position(0, 0), Position(0, 0)))
        )
        editor.client.protocol.notify(
            "textDocument/didChange",
            {"textDocument": {}, "contentChanges": [{"range": 1}]},
        )
        editor.client.protocol.notify("textDocument/didOpen", {"textDocument": -1})
        version = editor.replace("compose.yaml", "services: {a: {image: nginx:9}}\n")
        (found,) = await editor.diagnostics("compose.yaml", version)
        assert found.code == "not-locked"

    drive(scenario, project)
