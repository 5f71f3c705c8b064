"""Words and texts of programs, without comments: Starlark, Ruby, Kotlin, Groovy, XML.

Nothing is parsed. It is enough to find a call or an assignment with a text in it, and
not to take what a comment says for code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_STRINGS: Final = (
    r'(?P<triple>"""|\'\'\')(?P<long>(?:[^\\"\']|\\.|(?!(?P=triple))["\'])*+)'
    r"(?:(?P=triple)|(?P<endless>\\?\Z))"
    r'|"(?P<double>(?:[^"\\\n]|\\.)*+)(?:"|(?P<open_double>\\?(?=\n|\Z)))'
    r"|'(?P<single>(?:[^'\\\n]|\\.)*+)(?:'|(?P<open_single>\\?(?=\n|\Z)))"
)
"""A text that does not end goes on to the end of the line, or of the file.

Otherwise, each quote in a long line would be compared with all that is behind it.
"""

_REST: Final = r"|(?P<word>[A-Za-z_]\w*+)|(?P<mark>\S)"


def _language(comment: str) -> re.Pattern[str]:
    return re.compile(f"(?P<comment>{comment})|{_STRINGS}{_REST}", re.DOTALL)


STARLARK: Final = _language(r"#[^\n]*+")
RUBY: Final = _language(r"#[^\n]*+|(?m:^=begin\b.*?(?:^=end\b|\Z))")
# A block of text is left out like a comment, as its quotes are those of another format.
JSONNET: Final = _language(
    r"//[^\n]*+|#[^\n]*+|/\*.*?(?:\*/|\Z)|\|\|\|.*?(?:\|\|\||\Z)"
)
KOTLIN: Final = _language(r"//[^\n]*+|/\*.*?(?:\*/|\Z)")
# A pattern in slashes is left out like a comment: it is behind what takes a value.
GROOVY: Final = _language(
    r"#![^\n]*+|//[^\n]*+|/\*.*?(?:\*/|\Z)"
    r"|(?<=[=~(,\[:])[ \t]*+(?:/(?![/*\s])(?:[^/\\\n]|\\.)++/|\$/.*?(?:/\$|\Z))"
)
XML: Final = _language(r"<!--.*?(?:-->|\Z)")

_TEXTS: Final = {"long": "endless", "double": "open_double", "single": "open_single"}
"""The groups of texts, and the group that each has if it does not end."""


@dataclass(slots=True, eq=False)
class CodeToken:
    """A word, a mark of one character, or a text.

    `start` and `end` are character offsets, for a text of what is between its quotes.
    `text` is what is there: escapes are not resolved. `quote` are the characters before
    and behind a text: `"` or `'''`.
    """

    text: str
    start: int
    end: int
    is_text: bool = False
    quote: str = ""

    @property
    def is_long(self) -> bool:
        """Whether it is a text with three quotes, which can have several lines."""
        return len(self.quote) == 3  # noqa: PLR2004


def code_tokens(source: str, language: re.Pattern[str]) -> Iterator[CodeToken]:
    """Yield the tokens of *source* that are no comments, in order."""
    for match in language.finditer(source):
        kind = match.lastgroup or ""
        if kind in {"word", "mark"}:
            yield CodeToken(match[kind], match.start(), match.end())
        elif not match["comment"]:
            group = next((g for g in _TEXTS if match[g] is not None), "double")
            if match[_TEXTS[group]] is not None:
                continue
            start, end = match.span(group)
            quote = source[match.start() : start]
            yield CodeToken(match[group], start, end, is_text=True, quote=quote)
