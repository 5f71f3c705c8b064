"""The ARGs that may decide a FROM: those before the first one, and the platform's."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from imagelock.sources.dockerfile.expansion import Expansion, Unexpandable
from imagelock.sources.dockerfile.words import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imagelock.model.platform import Platform


def platform_arguments(platform: Platform, target: str) -> dict[str, str]:
    """Return the ARGs that BuildKit sets by itself when it builds for *platform*.

    The machine that builds is taken to be of the same platform. *target* is the
    name of the stage that is built (`defaultArgs` in BuildKit's
    `dockerfile2llb/convert.go`; `platforms.Normalize` in containerd knows
    `linux/arm64/v8` by no variant).
    """
    plain = platform.architecture == "arm64" and platform.variant == "v8"
    variant = "" if plain else platform.variant
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
    """Return what the ARGs are worth; one that is missing is unset.

    *declarations* are what stands behind each ARG before the first FROM,
    *automatic* the ARGs of the platform, *given* the build arguments of the
    caller, which count for every ARG that is declared or automatic.
    """
    values: dict[str, Expansion | Unexpandable] = {
        name: Expansion(given.get(name, value)) for name, value in automatic.items()
    }
    for declaration in declarations:
        for word in argument_words(declaration, escape):
            key, separator, default = word.partition("=")
            # A quoted name is a mistake that BuildKit does not forgive; people
            # write it, and nothing else can be meant.
            name = key.strip("\"'")
            if name in given:
                values[name] = Expansion(given[name])
            elif separator:
                values[name] = expand(default, escape, values)
    return values


def argument_words(declaration: str, escape: str) -> list[str]:
    """Return the words of an ARG as they are written, quotes and all.

    Quotes and escapes protect blanks (`parseWords` in BuildKit's
    `parser/line_parsers.go`).
    """
    return [
        declaration[start:end] for start, end in argument_spans(declaration, escape)
    ]


def argument_spans(declaration: str, escape: str) -> Iterator[tuple[int, int]]:
    """Yield where these words are."""
    for match in _word(escape).finditer(declaration):
        yield match.span()


@cache
def _word(escape: str) -> re.Pattern[str]:
    escaped = re.escape(escape)
    return re.compile(
        rf"""(?:[^\s'"{escaped}]+|{escaped}.?"""
        rf"""|'[^']*(?:'|\Z)|"(?:[^"{escaped}]|{escaped}.)*(?:"|\Z|{escaped}\Z))+""",
        re.DOTALL,
    )
