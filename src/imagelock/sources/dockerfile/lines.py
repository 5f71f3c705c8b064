"""A Dockerfile as instructions: directives, comments, continuations, heredocs.

As `Parse` in BuildKit's `parser/parser.go`, but with positions: each character of
an instruction keeps its offset in the file, over any continuation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.sources.dockerfile.flags import split_flags
from imagelock.sources.dockerfile.heredocs import heredocs
from imagelock.syntax.yaml_json.source_slice import SourceSlice

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEREDOC_INSTRUCTIONS: Final = frozenset({"ADD", "COPY", "RUN"})
_WORD: Final = re.compile(r"[^\t\v\f\r ]*")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    `line` is all of it except its heredocs, and never empty; `name` is in upper
    case. `is_terminated` is false if a heredoc does not end.
    """

    line: SourceSlice
    name: str
    flags: tuple[SourceSlice, ...]
    arguments: SourceSlice
    is_terminated: bool = True

    @classmethod
    def of(cls, line: SourceSlice) -> Instruction:
        """Parse *line*, which is not blank and has no blanks at its ends."""
        match = _WORD.match(line.text)
        name = match[0] if match else ""
        flags, arguments = split_flags(line.part(len(name), len(line.text)))
        return cls(line, name.upper(), flags, arguments.strip())

    def unwrap(self) -> Instruction:
        """Return the instruction of an ONBUILD, or this one if it is another."""
        if self.name == "ONBUILD" and self.arguments.text:
            return Instruction.of(self.arguments)
        return self


def physical_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the range of each line of *text*, without its line end."""
    start = 1 if text.startswith("\ufeff") else 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, start + len(text[start:end].rstrip("\r"))
        start = end + 1


def instructions(text: str, escape: str) -> Iterator[Instruction]:
    """Yield the instructions of *text*, where *escape* continues a line.

    Nothing follows an instruction whose heredoc does not end.
    """
    lines = physical_lines(text)
    for start, end in lines:
        parts = _continued(text, start, end, lines, escape)
        line = SourceSlice.of(text, parts).strip()
        if not line.text:
            continue
        instruction = Instruction.of(line)
        if _skip_heredocs(text, instruction.unwrap(), lines):
            yield instruction
        else:
            yield replace(instruction, is_terminated=False)


def _continued(
    text: str, start: int, end: int, lines: Iterator[tuple[int, int]], escape: str
) -> list[tuple[int, int]]:
    """Return the parts of the instruction that starts with the given line."""
    parts: list[tuple[int, int]] = []
    if text[start:end].lstrip().startswith("#"):
        return parts
    cut = _continuation(text, start, end, escape)
    parts.append((start, end if cut is None else cut))
    while cut is not None and (line := next(lines, None)) is not None:
        start, end = line
        content = text[start:end].lstrip()
        if not content or content.startswith("#"):
            continue
        cut = _continuation(text, start, end, escape)
        parts.append((start, end if cut is None else cut))
    return parts


def _continuation(text: str, start: int, end: int, escape: str) -> int | None:
    """Return the offset of the escape that continues the line, if there is one.

    Two escapes do not continue it: the first escapes the second.
    """
    line = text[start:end].rstrip(" \t")
    if not line.endswith(escape) or line.endswith(escape * 2):
        return None
    return start + len(line) - 1


def _skip_heredocs(
    text: str, instruction: Instruction, lines: Iterator[tuple[int, int]]
) -> bool:
    """Consume the heredocs of *instruction*, and return whether each of them ends."""
    if instruction.name not in _HEREDOC_INSTRUCTIONS:
        return True
    return all(
        any(heredoc.ends(text[start:end]) for start, end in lines)
        for heredoc in heredocs(instruction.line.text, instruction.arguments.text)
    )
