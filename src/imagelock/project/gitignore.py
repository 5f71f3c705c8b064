"""Patterns as in a `.gitignore`, matched in linear time."""

from __future__ import annotations

import re
import warnings

from imagelock.errors import ConfigurationError
from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_ATOM: Final = r"""(?sx)
    \\(?P<escaped>.)
    | (?P<stars>\*+)
    | (?P<any>\?)
    | \[(?P<negated>[!^]?)(?P<set>\]?[^\]]*)\]
    | (?P<character>.)
    """
"""Compiled where there are patterns, as many projects have none."""
_FOLDER_MARK: Final = "(?P<ps_d>/)"
"""The group by which pathspec knows that a pattern matched a folder on the way."""


def compile_patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """Compile gitignore patterns from the settings.

    Raises:
        ConfigurationError: a line is not a pattern.
    """
    lines = list(lines)
    if (spec := _compiled(lines)) is not None:
        return spec
    wrong = next((line for line in lines if _compiled([line]) is None), "")
    raise ConfigurationError(
        f"`{wrong}` is not a gitignore pattern",
        hint="`*`, `**`, `?` and `[a-z]` are wildcards; put `\\` before them to mean"
        " the characters themselves",
    )


def compile_valid_patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """Compile the patterns among *lines*; like git, ignore lines that are none."""
    lines = list(lines)
    if (spec := _compiled(lines)) is not None:
        return spec
    return compile_patterns(line for line in lines if _compiled([line]) is not None)


def _compiled(lines: list[str]) -> GitIgnoreSpec | None:
    """Return *lines* compiled; `None` if one of them is not a pattern."""
    from pathspec import GitIgnoreSpec  # only who needs it pays

    try:
        # Python warns about characters that future regular expressions may use.
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            # Other backends know no atomic groups.
            return GitIgnoreSpec(map(_compile, filter(None, lines)), backend="simple")
    except (ValueError, re.error):
        return None


def _compile(line: str) -> GitIgnoreSpecPattern:
    """Compile a pattern; pathspec decides whether it is one.

    The expressions of pathspec try every way to split a name between the stars of a
    pattern. Each star is as short as it can be here, and stays so, except the last one:
    if the rest of the pattern matches behind a longer one, it does behind the shortest.
    """
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    regex, include = GitIgnoreSpecPattern.pattern_to_regex(line)
    if regex is None:
        return GitIgnoreSpecPattern(line)
    return GitIgnoreSpecPattern(re.compile(_regex(line)), include)


def _segments(line: str) -> list[str]:
    """Return the names of a pattern: anchored, and `**` for what may be anywhere."""
    text = line if line.endswith("\\ ") else line.rstrip()
    segments = [
        "**" if segment.startswith("**") and not segment.strip("*") else segment
        for segment in text.removeprefix("!").split("/")
    ]
    is_for_folders = not segments[-1]
    if is_for_folders:
        # `a/**/` are the folders in `a`, without itself.
        segments[-1:] = ["*", "**"] if segments[1:-1][-1:] == ["**"] else ["**"]
    if not segments[0]:
        return segments[1:]
    return segments if len(segments) - is_for_folders > 1 else ["**", *segments]


def _regex(line: str) -> str:
    """Return the expression for a pattern of gitignore(5)."""
    segments = _segments(line)
    inside = _FOLDER_MARK if line.rstrip().endswith("/") else "/"
    blocks = list(_blocks(segments))
    if not blocks or (segments[0] == "**" and blocks == [["*"]]):
        return inside if inside == _FOLDER_MARK else "."
    parts = ["^"]
    for number, block in enumerate(blocks):
        names = "/".join(map(_segment, block))
        is_last = number == len(blocks) - 1
        # The last one is as long as it can be: a file counts more than its folder.
        some, maybe = (".+", "?") if is_last else (".+?", "??")
        if number:
            names = f"(?:/{some}){maybe}/{names}"
        elif segments[0] == "**":
            names = f"(?:{some}/){maybe}{names}"
        parts.append(names if is_last else f"(?>{names}(?=/))")
    parts.append(inside if segments[-1] == "**" else f"(?:{_FOLDER_MARK}|$)")
    return "".join(parts)


def _blocks(segments: Iterable[str]) -> Iterator[list[str]]:
    """Yield the segments between `**`, which stands for any folders."""
    block: list[str] = []
    for segment in segments:
        if segment == "**":
            if block:
                yield block
            block = []
        else:
            block.append(segment)
    if block:
        yield block


def _segment(glob: str) -> str:
    """Return the expression for one name of a path."""
    if glob == "*":
        return "[^/]+"
    pieces = [""]
    for atom in re.finditer(_ATOM, glob):
        match atom.lastgroup:
            case "stars":
                pieces.append("")
            case "any":
                pieces[-1] += "[^/]"
            case "set":
                body = atom["set"].replace("\\", "\\\\")
                negated = "^" if atom["negated"] else ""
                pieces[-1] += f"(?!/)[{negated}{body}]"
            case _:
                pieces[-1] += re.escape(atom["escaped"] or atom["character"])
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + f"[^/]*{last}"
