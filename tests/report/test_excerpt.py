"""Lines of files in messages: untrusted text, of any width and length."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.report.excerpt import format_excerpt
from imagelock.report.style import Style, printable
from imagelock.source_line import SourceLine


def shown(line: str, column: int, length: int, width: int | None = None) -> list[str]:
    source = SourceLine(line, 7, column, length)
    return format_excerpt(source, Style(width=width)).splitlines()


def marked(lines: list[str]) -> str:
    """Return what the carets are under, in a terminal in which all is one column."""
    start, end = lines[1].index("^"), len(lines[1])
    return lines[0][start:end]


def test_a_line() -> None:
    assert shown("  image: nginx:1", 10, 7) == [
        "  7 |   image: nginx:1",
        "    |          ^^^^^^^",
    ]


@pytest.mark.parametrize(
    ("line", "column", "length", "expected", "carets"),
    [
        ("\timage: a", 9, 1, "    image: a", 11),
        ("# 世界 é image: a", 15, 1, "# 世界 é image: a", 16),
        ("# e\u0301 a", 6, 1, "# e\u0301 a", 4),
        ("a\x1b[31m b", 8, 1, "a\\u001b[31m b", 12),
        ("a\u202eb c", 5, 1, "a\\u202eb c", 9),
        ("a\u200bb c", 5, 1, "a\\u200bb c", 9),
        ("a\udcffb c", 5, 1, "a\\udcffb c", 9),
        ("##[error] a", 11, 1, "\\u0023#[error] a", 15),
        ("::error::a", 10, 1, "::error::a", 9),
        ("x", 9, 0, "x", 1),
        ("", 1, 0, "", 0),
    ],
)
def test_the_caret_is_below_its_character(
    line: str, column: int, length: int, expected: str, carets: int
) -> None:
    first, second = shown(line, column, length)

    assert first == f"  7 | {expected}".rstrip()
    assert second == f"    | {'':{carets}}^"
    assert printable(first) == first


@pytest.mark.parametrize("width", [40, 80, None])
def test_a_long_line_is_cut_around_the_place(width: int | None) -> None:
    before, after = '{"a":"b",' * 20_000, ',"c":"d"}' * 500_000
    lines = shown(f"{before}nginx:1.27{after}", len(before) + 1, 10, width)

    assert marked(lines) == "nginx:1.27"
    assert lines[0].startswith("  7 | …")
    assert lines[0].endswith("…")
    assert max(map(len, lines)) <= (width or 120)


def test_what_does_not_fit_is_marked_as_far_as_it_is_shown() -> None:
    lines = shown("x" * 500, 1, 500, 80)

    assert lines[0].endswith("x…")
    assert set(marked(lines)) <= {"x", "…"}
    assert max(map(len, lines)) <= 80


def test_indentation_that_is_cut_off_has_no_mark() -> None:
    first, second = shown(f"{'':100}image: nginx:1", 108, 7, 60)

    assert first == f"  7 | {first[6:].strip().rjust(len(first) - 6)}"
    assert "…" not in first
    assert marked([first, second]) == "nginx:1"


@given(
    st.text(st.characters(blacklist_characters="\n"), max_size=200),
    st.integers(1, 201),
    st.integers(0, 50),
    st.one_of(st.none(), st.integers(20, 100)),
)
def test_no_line_leads_anything_out(
    line: str, column: int, length: int, width: int | None
) -> None:
    lines = shown(line, min(column, len(line) + 1), length, width)

    assert len(lines) == 2
    assert re.fullmatch(r"    \|  *\^+", lines[1])
    for text in lines:
        assert printable(text) == text
        columns = sum(
            0
            if unicodedata.combining(each)
            else 2
            if unicodedata.east_asian_width(each) in "WF"
            else 1
            for each in text
        )
        assert columns <= max(width or 120, 26) + 6
