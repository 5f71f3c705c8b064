"""Properties of Java, compared with the description of `java.util.Properties.load`."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imagelock.syntax.properties import properties

NEWLINE = re.compile("\r\n|\r|\n")
BLANKS = " \t\f"


def logical_lines(text: str) -> list[str]:
    """Return the lines without comments, each with those that it goes on in."""
    lines: list[str] = []
    goes_on = False
    for natural in NEWLINE.split(text):
        line = natural.lstrip(BLANKS)
        if goes_on:
            lines[-1] += line
        elif not line or line[0] in "#!":
            continue
        else:
            lines.append(line)
        slashes = len(lines[-1]) - len(lines[-1].rstrip("\\"))
        goes_on = slashes % 2 == 1
        if goes_on:
            lines[-1] = lines[-1][:-1]
    return lines


def unescaped(text: str) -> str:
    result, at = "", 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
            if text[at] == "u":
                result += chr(int(text[at + 1 : at + 5], 16))
                at += 4
            else:
                result += {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}.get(
                    text[at], text[at]
                )
        else:
            result += text[at]
        at += 1
    return result


def described(text: str) -> list[tuple[str, str]]:
    """Return the properties of *text* as the description of Java has them."""
    found = []
    for line in logical_lines(text):
        end = 0
        while end < len(line) and line[end] not in f"=:{BLANKS}":
            end += 2 if line[end] == "\\" else 1
        name, rest = line[:end], line[end:].lstrip(BLANKS)
        if rest[:1] in {"=", ":"}:
            rest = rest[1:].lstrip(BLANKS)
        if name:
            found.append((unescaped(name), unescaped(rest)))
    return found


PIECES = st.sampled_from(
    (
        *("a", "b:1", "=", ":", " ", "\t", "\f", "\n", "\r\n", "\r", "\\", "\\\n"),
        *("#", "!", "\\u0041", "\\n", "\v", "\x85", "é", "a=b\n", "\\:", "\\\\"),
    )
)


@example("=\\\na")
@example("\\\n=a\nb")
@given(st.lists(PIECES, max_size=20).map("".join))
def test_properties_are_those_that_java_describes(text: str) -> None:
    # What is behind the last line does not end in the middle of an escape.
    if re.search(r"\\u(?![0-9a-fA-F]{4})", re.sub(r"\\\\", "", text)):
        return
    assert [(each.name, each.value) for each in properties(text)] == described(text)


@given(st.lists(PIECES, max_size=20).map("".join))
def test_a_place_has_the_value_as_it_is_written(text: str) -> None:
    for each in properties(text):
        written = text[each.start : each.end]
        if "\\" not in written:
            assert written == each.value


@pytest.mark.parametrize("written", ["\\u00", "\\uXYZW", "a\\u", "\\ud800"])
def test_a_wrong_escape_has_no_value(written: str) -> None:
    (entry,) = properties(f"a={written}\n")

    assert entry.value is None


@pytest.mark.parametrize(
    "unit", ["a=b\n", "\\", "\\\n", " ", "#\n", "=", "a", "\\u0041", "a \\\n "]
)
def test_long_files_take_time_like_their_length(unit: str) -> None:
    assert len(list(properties(unit * 200_000))) <= 200_000
