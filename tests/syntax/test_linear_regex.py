"""Regular expressions in linear time, compared with those of Python."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from imagelock.syntax.linear_regex.nodes import PatternError
from imagelock.syntax.linear_regex.regex import LinearRegex, TooLongError

LIMIT = 1_000_000

ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", "[ab]", "[^a]", r"\w", r"\s", r"\.", "^", "$", r"\b", "=", r"\n"]
)  # fmt: skip


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeats = st.builds(
        "(?:{}){}".format,
        inner,
        st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{1,}"]),
    )
    choices = st.builds("(?:{}|{})".format, inner, inner)
    return st.one_of(repeats, choices, st.builds("{}{}".format, inner, inner))


PARTS = st.recursive(ATOMS, _combined, max_leaves=4)


@given(PARTS, PARTS, PARTS, st.text("ab=. \n", max_size=12))
def test_it_finds_what_python_finds(
    before: str, inside: str, behind: str, text: str
) -> None:
    pattern = f"{before}(?P<x>{inside}){behind}"
    try:
        regex = LinearRegex.parse(pattern)
    except PatternError:
        reject()

    matches = regex.finditer(text, LIMIT)

    expected = re.finditer(pattern, text, re.MULTILINE | re.ASCII)
    assert [(m.start, m.end, m.groups["x"]) for m in matches] == [
        (*m.span(), m.span("x")) for m in expected
    ]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"(?P<x>a+)(?P<y>b)?", "aab a", [{"x": "aa", "y": "b"}, {"x": "a"}]),
        (r"(?<x>\S+):(?<y>\S+)", "a:b:c d:e", [{"x": "a:b", "y": "c"}, {"x": "d", "y": "e"}]),
        (r"(?i)IMAGE=(?P<x>\S+)", "image=A", [{"x": "A"}]),
        (r"(?s)a(?P<x>.*)d", "a\nb\nd", [{"x": "\nb\n"}]),
        (r"^x=(?P<x>.*)$", "x=1\r\ny=2\r\nx=3", [{"x": "1"}, {"x": "3"}]),
        (r"x\n(?P<x>y)\z", "x\ny\nx\ny", [{"x": "y"}]),
        (r"(?P<x>[\w./:-]+)@\x40", "é/a:1@@", [{"x": "/a:1"}]),
        (r"(?P<x>a|b){2,3}?c", "abc", [{"x": "b"}]),
    ],
)  # fmt: skip
def test_the_groups_of_a_match(
    pattern: str, text: str, expected: list[dict[str, str]]
) -> None:
    matches = LinearRegex.parse(pattern).finditer(text, LIMIT)

    assert [
        {name: text[start:end] for name, (start, end) in match.groups.items()}
        for match in matches
    ] == expected


@pytest.mark.parametrize(
    ("pattern", "message", "position"),
    [
        ("a(b", "a `(` without its `)`", 1),
        ("a)", "a `)` without its `(`", 1),
        ("[a", "a `[` without its `]`", 0),
        ("[z-a]", "`[z-a]` is no class of characters", 0),
        ("[[:alpha:]]", "`[[:alpha:]` is no class of characters", 0),
        ("*a", "`*` has nothing to repeat", 0),
        ("a**", "`*` repeats a repetition", 2),
        ("a*+", "`+` repeats a repetition", 2),
        (r"(a)\1", "it refers to what a group matched", 3),
        (r"\pL", r"`\p` has no meaning", 0),
        ("a(?=b)", "it looks ahead or behind: match the text around the group as well", 1),
        ("(?<!b)a", "it looks ahead or behind: match the text around the group as well", 0),
        ("(?>a)", "`(?>a` begins no group of this syntax", 0),
        ("a(?i)b", "flags are only at the beginning", 1),
        ("(?P<x>a(?P<y>b))", "the group `y` is inside of `x`", 7),
        ("(?P<x>a)(?P<x>b)", "a second group `x`", 8),
        ("a{2,1}", "`{2,1}` ends before it begins", 1),
        ("a{1001}", "it repeats more than 1000 times", 1),
        ("(a{1000}){1000}", "its repetitions are too large", 0),
        ("(" * 51 + "a" + ")" * 51, "more than 50 groups in each other", 50),
        ("a*", "it matches even where there is no text", 0),
        ("^$|a", "it matches even where there is no text", 0),
        ("", "it matches even where there is no text", 0),
        ("a" * 2001, "it has more than 2000 characters", 2000),
    ],
)  # fmt: skip
def test_what_is_not_of_the_syntax(pattern: str, message: str, position: int) -> None:
    with pytest.raises(PatternError) as error:
        LinearRegex.parse(pattern)

    assert (str(error.value), error.value.position) == (message, position)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|a)*b",
        "(a*)*b",
        "(a|aa)+b",
        "(.*)(.*)(.*)(.*)b",
        ".*.*=.*b",
        "(a?){50}a{50}b",
        "a.*?b",
        "x(.*y)?|a(.*y)?",
    ],
)
def test_the_time_is_in_proportion_to_the_text(pattern: str) -> None:
    regex = LinearRegex.parse(pattern)

    def steps(length: int) -> int:
        text = "a" * length + "=c"
        least, most = 0, LIMIT
        while most - least > least // 20 + 1:
            middle = (least + most) // 2
            try:
                list(regex.finditer(text, middle))
                most = middle
            except TooLongError:
                least = middle
        return most

    assert steps(400) < 2.5 * steps(200)
