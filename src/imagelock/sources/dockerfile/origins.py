"""Where the ARGs of a Dockerfile are set that can decide a FROM."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text

_CONFIGURATION: Final = "[variables] in the configuration"
_INSTRUCTION: Final = re.compile(r"(?mi)^[ \t]*+(?:(?P<end>FROM)[ \t]|ARG[ \t]++)")
_SETTING: Final = re.compile(r"(?<![^\s])[\"']?(?P<name>\w++)=")


def lines_of_arguments(path: PurePosixPath, text: Text) -> dict[str, str]:
    """Return `PATH:LINE` of each ARG with a value before the first FROM.

    Only those on the line of their instruction; a later one beats an earlier one.
    """
    lines: dict[str, str] = {}
    for match in _INSTRUCTION.finditer(text.value):
        if match["end"]:
            break
        end = text.value.find("\n", match.end())
        end = len(text.value) if end < 0 else end
        for setting in _SETTING.finditer(text.value, match.end(), end):
            line, _ = text.position(match.start())
            lines[setting["name"]] = f"{path}:{line}"
    return lines


def origins_of(
    names: Iterable[str], given: Mapping[str, str], lines: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the place of each of *names* that is known; what is *given* wins."""
    places = {**lines, **dict.fromkeys(given, _CONFIGURATION)}
    return tuple((name, places[name]) for name in names if name in places)
