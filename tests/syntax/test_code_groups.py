"""Programs as words, texts and brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.syntax.code_groups import CodeGroup, arguments, groups, line_arguments
from imagelock.syntax.code_tokens import (
    GROOVY,
    KOTLIN,
    RUBY,
    STARLARK,
    XML,
    code_tokens,
)

if TYPE_CHECKING:
    import re


def outline(group: CodeGroup) -> list[object]:
    return [
        outline(item) if isinstance(item, CodeGroup) else item.text
        for item in group.items
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.b('c')", [["a", ".", "b", ["c"]]]),
        ("f(1, [2]) { g }", [["f", ["1", ",", ["2"]], ["g"]]]),
        # A curly bracket closes what is open within it.
        ("{ f(a } b", [[["f", ["a"]], "b"]]),
        (") } ] a", [["a"]]),
        ("f(a] b", [["f", ["a", "b"]]]),
    ],
)
def test_brackets_are_a_tree(source: str, expected: list[object]) -> None:
    assert [outline(groups(code_tokens(source, GROOVY))[0])] == expected


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("a 'b' \"c\"", ["b", "c"]),
        ("'''a 'b' ''' 'c'", ["a 'b' ", "c"]),
        (r"'a\'b' 'c'", [r"a\'b", "c"]),
        ("'a\n'b'", ["b"]),
        ("// 'a'\n/* 'b' */ 'c'", ["c"]),
        ("x =~ /it's/ ; 'a'", ["a"]),
        ("x = a / b / 'c'", ["c"]),
        ("split(/'/) 'a'", ["a"]),
        ("$/ 'a' /$", ["a"]),
        ("x = $/ 'a' /$ + 'b'", ["b"]),
        ("'''a", []),
    ],
)
def test_texts_of_groovy(source: str, texts: list[str]) -> None:
    assert [t.text for t in code_tokens(source, GROOVY) if t.is_text] == texts


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("('a', b: 'c', d=1)", [("", "a"), ("b", "c"), ("d", "1")]),
        ("(a == 'b')", [("", "a==b")]),
        ("(f(a, b), ,c: [x: 1])", [("", "f("), ("c", "[")]),
        ("()", []),
    ],
)
def test_arguments(source: str, expected: list[tuple[str, str]]) -> None:
    call = groups(code_tokens(source, GROOVY))[1]

    found = [
        (each.name, "".join(item.text for item in each.items))
        for each in arguments(call.items)
    ]

    assert found == expected


@pytest.mark.parametrize(
    ("source", "length"),
    [
        ("image 'a'\nlabel 'b'", 1),
        ("image 'a',\n  args: 'b'\nlabel 'b'", 5),
        ("image 'a'; label 'b'", 1),
        ("image f(\n'a'\n)\nlabel", 2),
        ("image", 0),
    ],
)
def test_arguments_without_brackets(source: str, length: int) -> None:
    items = groups(code_tokens(source, GROOVY))[0].items

    assert len(line_arguments(items, 1, source)) == length


LANGUAGES = [GROOVY, KOTLIN, RUBY, STARLARK, XML]


@given(
    st.text(alphabet="ab.,;=:'\"\\/$*#(){}[]<>!-\n ", max_size=60),
    st.sampled_from(LANGUAGES),
)
def test_every_program_is_read_to_its_end(
    source: str, language: re.Pattern[str]
) -> None:
    found = groups(code_tokens(source, language))

    for group in found:
        assert 0 <= group.start <= group.end <= len(source)
        for item in group.items:
            assert group.start <= item.start <= item.end <= group.end
            if item.is_text:
                assert source[item.start : item.end] == item.text
                assert source.startswith(item.quote, item.start - len(item.quote))
                assert source.startswith(item.quote, item.end)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "piece",
    ['"\\', "'''\\", '"""\\"', '\\"""\n', "=/a", "({[", "{(", "(}", "/*", "<!--"],
)
def test_no_text_is_read_again_for_each_of_its_quotes(
    piece: str, language: re.Pattern[str]
) -> None:
    source = piece * 5_000  # If that took its square, the test would not end.

    assert groups(code_tokens(source, language))
