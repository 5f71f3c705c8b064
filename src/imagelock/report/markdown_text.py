"""Markdown that untrusted text cannot break: for GitHub, GitLab and Gitea alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#|~&!$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""Characters with a meaning, and those that turn a URL into a link."""
_BACKTICKS: Final = re.compile(r"`+")


def inline_code(text: str) -> str:
    """Return *text* as a code span on one line, safe within a table."""
    escaped = printable(text).replace("|", "\\|")
    longest = max(map(len, _BACKTICKS.findall(escaped)), default=0)
    fence = "`" * (longest + 1)
    space = " " if escaped.startswith("`") or escaped.endswith("`") else ""
    # A span of spaces, or of nothing, is not a code span.
    return f"{fence}{space}{escaped}{space}{fence}" if escaped.strip() else "-"


def escape_markdown(text: str) -> str:
    """Return *text* escaped, so that nothing in it is a link, a tag or a mention.

    Text between backticks becomes code, as in the messages of imagelock.
    """
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return _escape(text)
    return "".join(
        inline_code(piece) if number % 2 else _escape(piece)
        for number, piece in enumerate(pieces)
    )


def _escape(text: str) -> str:
    escaped = _SPECIAL.sub(lambda match: f"\\{match[0]}", printable(text))
    # A backslash does not stop a mention; a zero-width space does.
    return escaped.replace("@", "@&#8203;")


def folded(title: str, text: str) -> str:
    """Return *text* below the HTML *title*, hidden until it is opened."""
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"


def fitting(pieces: Iterable[str], room: int, omitted: str) -> str:
    """Return the first *pieces* that fit *room*, and *omitted* with the other count."""
    listed = list(pieces)
    count = 0
    while count < len(listed) and len(listed[count]) <= room:
        room -= len(listed[count])
        count += 1
    missing = len(listed) - count
    return "".join(listed[:count]) + (omitted.format(missing) if missing else "")
