"""The heredocs that an instruction opens: `<<EOF`, `<<-EOF`, `<<"EOF"`."""

from __future__ import annotations

import json
import re
from typing import Final

from imagelock.dataclass import dataclass
from imagelock.sources.dockerfile.words import split, unquote

_HEREDOC: Final = re.compile(r"[0-9]*<<(?P<chomp>-?)(?P<word>[^<]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A heredoc: the text of its last line; `chomp` allows tabs before it."""

    name: str
    chomp: bool

    def ends(self, line: str) -> bool:
        """Return whether *line* is the last line."""
        return self.name == (line.lstrip("\t") if self.chomp else line)


def heredocs(line: str, arguments: str) -> list[Heredoc]:
    """Return the heredocs that follow *line*, in order.

    *arguments* is the text behind the instruction and its flags: a JSON array has
    no heredocs.
    """
    if "<<" not in line or _is_json(arguments):
        return []
    matches = map(_HEREDOC.fullmatch, split(line))
    names = [(unquote(m["word"]), bool(m["chomp"])) for m in matches if m]
    return [Heredoc(name, chomp) for name, chomp in names if name]


def _is_json(arguments: str) -> bool:
    if not arguments.startswith("["):
        return False
    try:
        return isinstance(json.loads(arguments), list)
    except (ValueError, RecursionError):
        return False
