"""Tokens of HCL (HCL Native Syntax Specification, hashicorp/hcl)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST: Final = 80
"""Levels of nested blocks, lists and templates."""

_CODE: Final = re.compile(
    r"""(?P<blank>[ \t\r\ufeff]++|\#[^\n]*+|//[^\n]*+)
      | (?P<comment>/\*(?s:.*?)(?:\*/|\Z))
      | (?P<word>[^\W\d][\w-]*+)
      | (?P<number>[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
      | <<(?P<strip>-?)(?P<heredoc>[^\W\d][\w-]*+)[ \t\r]*+\n
      | (?P<quote>")
      | (?P<newline>\n)
      | (?P<punctuation>\.\.\.|=>|==|!=|<=|>=|&&|\|\||::|[{}\[\]().,:=?+\-*/%<>!])
      """,
    re.VERBOSE,
)
_STRING: Final = re.compile(r'(?:[^"\\\n$%]++|\\.|\$\$\{|%%\{|[$%](?!\{))++')
_HEREDOC: Final = re.compile(r"(?:[^$%]++|\$\$\{|%%\{|[$%](?!\{))++")
_LINE: Final = re.compile(r"^[ \t]*+([^\W\d][\w-]*+)[ \t\r]*+$", re.MULTILINE)
_HOLE: Final = re.compile(r"[$%]\{~?")


class HclToken(NamedTuple):
    """A token; `start` and `end` are character offsets.

    `kind` is the punctuation itself, or `word`, `number`, `newline`; of a template
    `open`, `text`, `hole`, `leave` (the brace that ends a hole) and `close`; `bad`
    for text that is not a token of HCL, and `end`.
    """

    kind: str
    start: int
    end: int


def tokens(text: str, start: int, end: int) -> list[HclToken]:
    """Return the tokens of *text* from *start* to *end*, without comments.

    Nothing is raised: text that is not a token is `bad`.
    """
    lexer = _Lexer(text, end)
    lexer.run(start)
    lexer.tokens.append(HclToken("end", end, end))
    return lexer.tokens


def template_tokens(text: str) -> list[HclToken]:
    """Return the tokens of the template *text*, the value of a string in JSON."""
    lexer = _Lexer(text, len(text))
    lexer.tokens.append(HclToken("open", 0, 0))
    lexer.frames.append(_Frame(lexer.heredoc, close=len(text), until=len(text)))
    lexer.run(0)
    lexer.tokens.append(HclToken("end", len(text), len(text)))
    return lexer.tokens


@dataclass(slots=True)
class _Frame:
    """The context of the lexer: code, a string or a heredoc.

    `braces` is the number of open braces in code. The content of a heredoc ends at
    `close`, and its delimiter at `until`.
    """

    read: Callable[[int], int]
    braces: int = 0
    close: int = -1
    until: int = -1


@dataclass(slots=True)
class _Lexer:
    text: str
    end: int
    tokens: list[HclToken] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)

    def run(self, position: int) -> None:
        """Read all tokens from *position* on."""
        self.frames.insert(0, _Frame(self.code))
        # A heredoc can end where the text does.
        while position < self.end or self.frames[-1].close == self.end:
            position = self.frames[-1].read(position)

    def code(self, position: int) -> int:
        """Read a token outside of a template; return the start of the next one."""
        match = _CODE.match(self.text, position, self.end)
        if match is None:
            return self._add("bad", position, position + 1)
        kind = match.lastgroup or ""
        start, end = match.span()
        match kind:
            case "blank":
                return end
            case "comment":
                return self._comment(match)
            case "quote":
                return self._push(_Frame(self.string), "open", start, end)
            case "heredoc":
                return self._open_heredoc(match)
            case _:
                kind = self._punctuation(match[0]) if kind == "punctuation" else kind
                return self._add(kind, start, end)

    def string(self, position: int) -> int:
        """Read a part of a quoted string; return the start of the next one."""
        if match := _STRING.match(self.text, position, self.end):
            return self._add("text", *match.span())
        if self.text[position] == '"':
            self.frames.pop()
            return self._add("close", position, position + 1)
        if hole := _HOLE.match(self.text, position, self.end):
            return self._enter(hole)
        # Strings end on their line: continue as if nothing were open.
        self._add("bad", position, position)
        while len(self.frames) > 1:
            is_code = self.frames.pop().read == self.code
            self._add("leave" if is_code else "close", position, position)
        return position

    def heredoc(self, position: int) -> int:
        """Read a part of a heredoc; return the start of the next one."""
        frame = self.frames[-1]
        if position >= frame.close:
            self.frames.pop()
            kind = "close" if position == frame.close else "bad"
            return self._add(kind, frame.close, max(position, frame.until))
        if match := _HEREDOC.match(self.text, position, frame.close):
            return self._add("text", *match.span())
        hole = _HOLE.match(self.text, position, frame.close)
        return self._enter(hole) if hole else self._add("bad", position, position + 1)

    def _enter(self, hole: re.Match[str]) -> int:
        kind = "hole" if hole[0][0] == "$" else "directive"
        return self._push(_Frame(self.code), kind, *hole.span())

    def _comment(self, comment: re.Match[str]) -> int:
        is_closed = len(comment[0]) >= len("/**/") and comment[0].endswith("*/")
        return comment.end() if is_closed else self._add("bad", *comment.span())

    def _punctuation(self, text: str) -> str:
        """Return the kind of the token *text*: a brace can be the end of a hole."""
        frame = self.frames[-1]
        if text == "{":
            frame.braces += 1
        elif text == "}" and frame.braces:
            frame.braces -= 1
        elif text == "}" and len(self.frames) > 1:
            self.frames.pop()
            return "leave"
        return text

    def _open_heredoc(self, match: re.Match[str]) -> int:
        """Open a heredoc up to the line that has only its name, indented or not."""
        lines = _LINE.finditer(self.text, match.end(), self.end)
        last = next((line for line in lines if line[1] == match["heredoc"]), None)
        if last is None:
            return self._add("bad", match.start(), self.end)
        frame = _Frame(self.heredoc, close=last.start(), until=last.end())
        return self._push(frame, "open", *match.span())

    def _push(self, frame: _Frame, kind: str, start: int, end: int) -> int:
        if len(self.frames) > DEEPEST:
            return self._add("bad", start, self.end)
        self.frames.append(frame)
        return self._add(kind, start, end)

    def _add(self, kind: str, start: int, end: int) -> int:
        self.tokens.append(HclToken(kind, start, end))
        return end
