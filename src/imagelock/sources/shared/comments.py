"""Comments in files of any format, and the line that each is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from imagelock.model.source_text import Text

OPENING: Final = r"(?<![^\s])(?P<opening>\#|//|;|--|<!--)"
"""The begin of a comment, for `re`; whether it is one depends on the file."""

_ONLY_COMMENT: Final = re.compile(r"[ \t]*+(?:(?:\#|//|;|--|<!--)[^\n]*+)?(?:\n|\Z)")
_NO_HASH: Final = frozenset({".json", ".jsonc", ".json5"})
_SUFFIXES: Final = {
    "//": "json jsonc json5 hcl nomad tf tofu java kt kts groovy gradle scala go rs cs"
    " js jsx mjs cjs ts tsx mts cts swift dart php c h cc cpp cue jsonnet libsonnet"
    " proto",
    ";": "artifact build container image kube pod service volume ini",
    "--": "sql lua hs",
    "<!--": "xml html md markdown svg vue csproj props targets",
}
"""The endings of files in which each of these begins a comment; `#` does in others."""
_BY_OPENING: Final = {
    opening: frozenset(f".{suffix}" for suffix in suffixes.split())
    for opening, suffixes in _SUFFIXES.items()
}


def is_comment(opening: str, suffix: str) -> bool:
    """Return whether *opening* begins a comment in files with *suffix*, in lower case."""
    if opening == "#":
        return suffix not in _NO_HASH
    return suffix in _BY_OPENING[opening]


@dataclass(slots=True)
class CommentedLines:
    """Finds the line that a comment is about; walks a block of comments once."""

    text: Text
    _end: int = -1

    def subject(self, start: int) -> tuple[int, int]:
        """Return the range of the line that the comment at *start* is about.

        That is the line before the comment, or, if there is nothing before it, the
        next line that is neither empty nor a comment. It is empty at the end of the
        file.
        """
        source = self.text.value
        line = source.rfind("\n", 0, start) + 1
        if source[line:start].strip():
            return line, start
        if line >= self._end:
            self._end = line
            while self._end < len(source) and (
                blank := _ONLY_COMMENT.match(source, self._end)
            ):
                self._end = blank.end()
        end = source.find("\n", self._end)
        return self._end, len(source) if end < 0 else end
