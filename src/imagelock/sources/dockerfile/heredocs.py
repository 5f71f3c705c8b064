"""The heredocs that an instruction opens: `<<EOF`, `<<-EOF`, `<<"EOF"`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from imagelock.sources.dockerfile.words import split, unquote

_HEREDOC: Final = re.compile(r"[0-9]*<<(?P<chomp>-?)(?P<word>[^<]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A heredoc by the text of its last line; `chomp` allows tabs before it."""

    name: str
    chomp: bool

    def ends(self, line: str) -> bool:
        """Tell whether *line* is the last one."""
        return self.name == (line.lstrip("\t") if self.chomp else line)


def heredocs(line: str, arguments: str) -> list[Heredoc]:
    """Return the heredocs that follow *line*, in order.

    *arguments* are what the line has behind the instruction and its flags: a
    JSON array of them has no heredocs.
    """
    if "<<" not in line or _is_json(arguments):
        return []
    matches = map(_HEREDOC.fullmatch, split(line))
    found = [(match["chomp"], unquote(match["word"])) for match in matches if match]
    return [Heredoc(name, bool(chomp)) for chomp, name in found if name]


def _is_json(arguments: str) -> bool:
    if not arguments.startswith("["):
        return False
    try:
        return isinstance(json.loads(arguments), list)
    except (ValueError, RecursionError):
        return False
