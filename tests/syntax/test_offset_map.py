from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.source_text import Text
from imagelock.syntax.yaml_json.documents import documents
from imagelock.syntax.yaml_json.offset_map import OffsetMap, map_offsets
from imagelock.syntax.yaml_json.tree import Mapping, Scalar


def spelled(text: str) -> tuple[str, OffsetMap]:
    (document,) = documents(Text(text))
    assert isinstance(document, Mapping)
    scalar = document.get("a")
    assert isinstance(scalar, Scalar)
    return scalar.value, map_offsets(text, scalar)


def source_of(text: str, part: str) -> str:
    value, spelling = spelled(text)
    at = value.index(part)
    start, end = spelling.range(at, at + len(part))
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("a: b c", "b", "b"),
        ("a: b\n  c", "c", "c"),
        ("a: 'it''s'", "'", "''"),
        ('a: "\\x41\\u0042\\U00000043\\tD"', "AB", "\\x41\\u0042"),
        ('a: "\\x41\\u0042\\U00000043\\tD"', "C", "\\U00000043"),
        ('a: "\\x41\\u0042\\U00000043\\tD"', "D", "D"),
        ('a: "x\\e\\\\y\\/\\_z"', "\x1b\\y/\xa0", "\\e\\\\y\\/\\_"),
        ('a: "b\\\r\n  c"', "bc", "b\\\r\n  c"),
        ("a: |\n  b\n\n  c d\n", "c d", "c d"),
        ("a: |\n  b\n\n  c d\n", "b\n", "b\n\n  "),
        ("a: >-\n  b\n  c\n", "b c", "b\n  c"),
        ('{"a": "\\ud83d\\ude00b"}', "😀", "\\ud83d\\ude00"),
    ],
)
def test_a_part_of_a_value_is_found_in_the_text(
    text: str, part: str, expected: str
) -> None:
    assert source_of(text, part) == expected


@pytest.mark.parametrize("escape", ["\\ud83d", "\\ud83dc"])
def test_what_cannot_be_followed_is_written_as_the_whole(escape: str) -> None:
    source = "'other' text"

    spelling = map_offsets(source, Scalar(f"b{escape}", 1, 6))

    assert spelling.range(0, 1) == (1, 6)
    assert map_offsets(source, Scalar("othe", 1, 6)).range(0, 2) == (1, 6)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=30))
def test_characters_of_quoted_text_lead_back_to_themselves(value: str) -> None:
    for text in (
        json.dumps({"a": value}),
        yaml.safe_dump({"a": value}, default_style="'", width=20),
        yaml.safe_dump({"a": value}, default_style='"', allow_unicode=True),
    ):
        value, spelling = spelled(text)
        for index, character in enumerate(value):
            start, end = spelling.starts[index], spelling.ends[index]
            if character.isalnum() and character in text[start:end]:
                assert text[start:end] == character
        assert list(spelling.starts) == sorted(spelling.starts)
        assert spelling.range(0, len(value)) == (spelling.start, spelling.end)
