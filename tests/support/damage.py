"""Files that were damaged: cut off, shuffled, or filled with strange characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

STRANGE: Final = (
    *("\u2028", "\x85", "\x0c", "\x1b", "\x7f", "\r", "\ufeff", "\u202e", "\U0001d4b3"),
    *("\udcff", "\t", " ", "\n", "\n\n", "\\", "'", '"', "`", "#", "//", "/*", "*/"),
    *("{{", "}}", "${", "}", "$", "%{", "[", "]", "{", ":", ": ", "- ", ", ", "---\n"),
    *("&a ", "*a", "<<: *a\n", "!!binary ", "|\n", ">-\n", "<<EOF\n", "EOF\n", "@"),
    *("@sha256:" + "a" * 64, "image: x:1\n", "# imagelock: ignore\n"),
)
ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16")


@st.composite
def damaged(draw: DrawFn, files: SearchStrategy[bytes]) -> bytes:
    """Return one of *files*, UTF-8 as far as possible, after up to four accidents."""
    text = draw(files).decode("utf-8", "surrogateescape")
    for _ in range(draw(st.integers(0, 4))):
        text = draw(accident(text))
    if draw(st.booleans()):
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    encoding = draw(st.sampled_from(ENCODINGS))
    # UTF-16 has no bytes for a byte that is not UTF-8.
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    return text.encode(encoding, errors)


@st.composite
def accident(draw: DrawFn, text: str) -> str:
    """Return *text* with one range cut off, deleted, doubled, or replaced."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 30)))
    before, piece, behind = text[:start], text[start:end], text[end:]
    match draw(st.sampled_from(["cut", "delete", "double", "lines", "strange"])):
        case "cut":
            return before
        case "delete":
            return before + behind
        case "double":
            return before + piece * draw(st.integers(2, 40)) + behind
        case "lines":
            lines = text.splitlines(keepends=True)
            return "".join(draw(st.permutations(lines)) if lines else lines)
        case _:
            return before + draw(st.sampled_from(STRANGE)) + behind
