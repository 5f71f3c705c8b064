"""The directives at the top of a Dockerfile: `# escape=`, `# syntax=`, `# check=`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.dockerfile.lines import physical_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DIRECTIVE: Final = re.compile(
    r"#\s*(?P<name>[a-zA-Z][a-zA-Z0-9]*)[\t\f\r ]*=[\t\f\r ]*(?P<value>\S.*)"
)
_NAMES: Final = frozenset({"check", "escape", "syntax"})


def escape_character(text: str) -> str:
    """Return the character that escapes and continues lines: a backslash or `` ` ``.

    Unlike `syntax`, `escape` may be indented, but not follow a shebang (BuildKit,
    `parser/parser.go`, `processLine`).
    """
    lines = ((start, text[start:end].strip()) for start, end in physical_lines(text))
    for name, _, value in _directives(lines):
        if name == "escape" and value in {"\\", "`"}:
            return value
    return "\\"


def syntax(text: str) -> tuple[int, int] | None:
    """Return the start and end of the image in `# syntax=`, if there is one.

    As `DetectSyntax` in BuildKit's `parser/directives.go`, without its forms
    for files that are not Dockerfiles (`// syntax=`, JSON).
    """
    lines = ((start, text[start:end]) for start, end in physical_lines(text))
    if text.startswith(("#!", "\ufeff#!")):
        next(lines)
    for name, start, value in _directives(lines):
        if name == "syntax":
            return start, start + len(value.partition(" ")[0])
    return None


def _directives(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[str, int, str]]:
    """Yield each directive: its name, the offset of its value, and the value.

    Any other line ends the directives.
    """
    for start, line in lines:
        match = _DIRECTIVE.match(line)
        if match is None or match["name"].lower() not in _NAMES:
            return
        yield (
            match["name"].lower(),
            start + match.start("value"),
            match["value"].rstrip("\t\f\r "),
        )
