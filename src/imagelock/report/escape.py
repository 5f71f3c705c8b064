"""Text in Markdown as GitHub, GitLab and Gitea read it."""

from __future__ import annotations

import re
from typing import Final

from imagelock.report.style import printable

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#|~&!$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""Signs with a meaning, and those that make a link of an address."""
_TICKS: Final = re.compile(r"`+")


def code(text: str) -> str:
    """Return *text* as code in one line, also within a table: nothing in it counts."""
    shown = printable(text).replace("|", "\\|")
    longest = max(map(len, _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    # A span of spaces, or of nothing, would not be one.
    return f"{fence}{space}{shown}{space}{fence}" if shown.strip() else "-"


def plain(text: str) -> str:
    """Return *text* so that nothing in it is a link, a tag, or a mention.

    What stands between two backticks becomes code, as our messages mean it.
    """
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return _escaped(text)
    return "".join(
        code(piece) if number % 2 else _escaped(piece)
        for number, piece in enumerate(pieces)
    )


def _escaped(text: str) -> str:
    shown = _SPECIAL.sub(lambda match: f"\\{match[0]}", printable(text))
    # A backslash would not stop a mention; a space of no width does.
    return shown.replace("@", "@&#8203;")
