"""The ARGs that a FROM can use: those before the first FROM, and the platform's."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from imagelock.sources.dockerfile.expansion import Expansion, Unexpandable
from imagelock.sources.dockerfile.words import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.platform import Platform
    from imagelock.model.source_text import Text

_CONFIGURATION: Final = "[variables] in the configuration"
_INSTRUCTION: Final = re.compile(r"(?mi)^[ \t]*+(?:(?P<end>FROM)[ \t]|ARG[ \t]++)")
_SETTING: Final = re.compile(r"(?<![^\s])[\"']?(?P<name>\w++)=")


def platform_arguments(platform: Platform, target: str) -> dict[str, str]:
    """Return the ARGs that BuildKit sets by itself when it builds for *platform*.

    The build platform is assumed to be the same. *target* is the name of the stage
    to build (`defaultArgs` in BuildKit's `dockerfile2llb/convert.go`; containerd's
    `platforms.Normalize` drops the variant of `linux/arm64/v8`).
    """
    is_default_variant = platform.architecture == "arm64" and platform.variant == "v8"
    variant = "" if is_default_variant else platform.variant
    name = f"{platform.os}/{platform.architecture}"
    values = {
        "PLATFORM": f"{name}/{variant}" if variant else name,
        "OS": platform.os,
        "OSVERSION": platform.os_version,
        "ARCH": platform.architecture,
        "VARIANT": variant,
    }
    sides = ("BUILD", "TARGET")
    arguments = {f"{s}{key}": value for s in sides for key, value in values.items()}
    return {**arguments, "TARGETSTAGE": target}


def argument_values(
    declarations: Iterable[str],
    automatic: Mapping[str, str],
    given: Mapping[str, str],
    escape: str,
) -> dict[str, Expansion | Unexpandable]:
    """Return the values of the ARGs; those that are missing are unset.

    *declarations* are the arguments of each ARG before the first FROM, *automatic*
    the ARGs of the platform. *given* are the build arguments, which override every
    ARG that is declared or automatic.
    """
    values: dict[str, Expansion | Unexpandable] = {
        name: Expansion(given.get(name, value)) for name, value in automatic.items()
    }
    for declaration in declarations:
        for word in argument_words(declaration, escape):
            key, separator, default = word.partition("=")
            # BuildKit refuses a quoted name, but people write it, and it can only
            # mean this.
            name = key.strip("\"'")
            if name in given:
                values[name] = Expansion(given[name])
            elif separator:
                values[name] = expand(default, escape, values)
    return values


def argument_words(declaration: str, escape: str) -> list[str]:
    """Return the words of an ARG with their quotes.

    Quotes and escapes protect blanks (`parseWords` in BuildKit's
    `parser/line_parsers.go`).
    """
    return [
        declaration[start:end] for start, end in argument_spans(declaration, escape)
    ]


def argument_spans(declaration: str, escape: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each of these words in *declaration*."""
    for match in _word(escape).finditer(declaration):
        yield match.span()


def argument_lines(path: PurePosixPath, text: Text) -> dict[str, str]:
    """Return `PATH:LINE` of each ARG with a value before the first FROM.

    Only of those on the line of their instruction; a later one overrides an earlier.
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
    """Return the names with a known origin; build arguments (*given*) win."""
    origins = {**lines, **dict.fromkeys(given, _CONFIGURATION)}
    return tuple((name, origins[name]) for name in names if name in origins)


@cache
def _word(escape: str) -> re.Pattern[str]:
    escaped = re.escape(escape)
    return re.compile(
        rf"""(?:[^\s'"{escaped}]+|{escaped}.?"""
        rf"""|'[^']*(?:'|\Z)|"(?:[^"{escaped}]|{escaped}.)*(?:"|\Z|{escaped}\Z))+""",
        re.DOTALL,
    )
