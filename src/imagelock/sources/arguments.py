"""Build arguments that decide what a Dockerfile begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.occurrence import Occurrence
from imagelock.sources import dockerfile
from imagelock.sources.dockerfile_scan import Named, ScanOptions, scan
from imagelock.sources.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.occurrence import Found, Place
    from imagelock.sources.context import Context

_PART: Final = "the argument is not the end of the reference"
_SEVERAL: Final = "the argument is a part of several references"


@dataclass(frozen=True, slots=True)
class Argument:
    """The value of a build argument and where it is written."""

    value: str
    place: Place


def bases(
    path: PurePosixPath, arguments: Mapping[str, Argument], context: Context
) -> Iterator[Found]:
    """Yield what *arguments* make of each FROM of the Dockerfile at *path*.

    Each stands at the first argument that decides it. A Dockerfile whose name
    says nothing is read here, too.
    """
    text = context.read(path)
    if text is None:
        return
    if not dockerfile.matches(path, text.value):
        yield from dockerfile.find(path, text, context)
    options = ScanOptions(
        platforms=context.platforms,
        arguments={name: one.value for name, one in arguments.items()},
    )
    decided: dict[str, list[Named]] = {}
    for one in scan(text.value, options) if arguments else ():
        name = next((name for name in one.variables if name in arguments), None)
        if isinstance(one, Named) and one.instruction == "FROM" and name is not None:
            decided.setdefault(name, []).append(one)
    for name, named in decided.items():
        yield from _at(arguments[name], named)


def _at(argument: Argument, named: list[Named]) -> Iterator[Found]:
    values = {one.value: one for one in named}
    for value, one in values.items():
        names = () if value == argument.value else one.variables
        found = judge(value, argument.place, names)
        if isinstance(found, Occurrence):
            whole = value.endswith(argument.value)
            fixed = _SEVERAL if len(values) > 1 else None if whole else _PART
            found = replace(found, fixed=fixed)
        yield found
