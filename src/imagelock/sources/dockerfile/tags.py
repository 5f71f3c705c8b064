"""Where the tag of a FROM is written: in its word, in a default, or in an ARG."""

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


def defaults(
    every: Iterable[Instruction], given: Mapping[str, str], escape: str
) -> dict[str, SourceSlice]:
    """Return the default of each ARG before the first FROM that is not *given*."""
    found: dict[str, SourceSlice] = {}
    for instruction in takewhile(lambda one: one.name != "FROM", every):
        arguments = instruction.arguments
        spans = argument_spans(arguments.text, escape)
        for start, end in spans if instruction.name == "ARG" else ():
            name, separator, value = arguments.text[start:end].partition("=")
            if separator and name not in given:
                is_quoted = _QUOTED.fullmatch(value) is not None
                begin = start + len(name) + 1 + is_quoted
                found[name] = arguments.part(begin, end - is_quoted)
    return found


def tag_range(
    word: SourceSlice, value: str, known: Mapping[str, SourceSlice]
) -> tuple[int, int] | None:
    """Return the offsets in the file of the tag in *value*, which *word* means.

    *known* are the ARGs with a default. `None` if the tag is not written as it is,
    or is the end of *word* itself.
    """
    match = _TAG.search(value)
    if match is None:
        return None
    tag = match["tag"]
    here, behind_colon = word, False
    for _ in range(_DEEPEST):
        head = here.text.removesuffix(tag)
        is_there = here.text.endswith(tag) and "$" not in head[-1:]
        if is_there and (head.endswith(":") or (behind_colon and not head)):
            return None if here is word else (here.offsets[len(head)], here.end)
        last = _LAST_VARIABLE.search(here.text)
        if last is None or (last.start() and here.text[last.start() - 1] != ":"):
            return None
        behind_colon = behind_colon or last.start() > 0
        name = last["plain"] or last["name"]
        if name in known:
            here = known[name]
        elif last["default"]:
            here = here.part(*last.span("default"))
        else:
            return None
    return None
