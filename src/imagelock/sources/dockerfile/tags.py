"""Find the tag of a FROM: in its word, in a default, or in an ARG."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from imagelock.sources.dockerfile.arguments import argument_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imagelock.sources.dockerfile.lines import Instruction
    from imagelock.syntax.yaml_json.source_slice import SourceSlice

_LAST_VARIABLE: Final = re.compile(
    r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::?-(?P<default>[^${}]*))?\})\Z"
)
_TAG: Final = re.compile(r":(?P<tag>[\w.-]+)(?:@.*)?\Z", re.ASCII)
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_DEEPEST: Final = 32


def argument_defaults(
    instructions: Iterable[Instruction], given: Mapping[str, str], escape: str
) -> dict[str, SourceSlice]:
    """Return the default of each ARG before the first FROM that is not *given*."""
    defaults: dict[str, SourceSlice] = {}
    for instruction in takewhile(lambda i: i.name != "FROM", instructions):
        arguments = instruction.arguments
        spans = argument_spans(arguments.text, escape)
        for start, end in spans if instruction.name == "ARG" else ():
            name, separator, value = arguments.text[start:end].partition("=")
            if separator and name not in given:
                is_quoted = _QUOTED.fullmatch(value) is not None
                begin = start + len(name) + 1 + is_quoted
                defaults[name] = arguments.part(begin, end - is_quoted)
    return defaults


def tag_range(
    word: SourceSlice, value: str, defaults: Mapping[str, SourceSlice]
) -> tuple[int, int] | None:
    """Return the character offsets in the file of the tag in *value* of *word*.

    *defaults* are those of the ARGs. `None` if the tag is not written literally,
    or is the end of *word* itself.
    """
    match = _TAG.search(value)
    if match is None:
        return None
    tag = match["tag"]
    source, is_behind_colon = word, False
    for _ in range(_DEEPEST):
        head = source.text.removesuffix(tag)
        is_literal = source.text.endswith(tag) and "$" not in head[-1:]
        if is_literal and (head.endswith(":") or (is_behind_colon and not head)):
            return None if source is word else (source.offsets[len(head)], source.end)
        last = _LAST_VARIABLE.search(source.text)
        if last is None or (last.start() and source.text[last.start() - 1] != ":"):
            return None
        is_behind_colon = is_behind_colon or last.start() > 0
        name = last["plain"] or last["name"]
        if name in defaults:
            source = defaults[name]
        elif last["default"]:
            source = source.part(*last.span("default"))
        else:
            return None
    return None
