"""Build arguments that decide what a Dockerfile begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Skipped
from imagelock.sources.dockerfile import dockerfile
from imagelock.sources.dockerfile.scan import Named, ScanOptions, scan
from imagelock.sources.shared.classify import classify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.scan import Scanned

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
    scanned = scan(text.value, options) if arguments else ()
    for name, named in deciding(arguments, scanned).items():
        argument = arguments[name]
        values = [one.value for one in named if isinstance(one, Named)]
        for one in named:
            if isinstance(one, Named):
                names = () if one.value == argument.value else one.variables
                found = classify(one.value, argument.place, names)
                yield fixed_if_part(found, argument.value, values)


def deciding(
    names: Iterable[str], scanned: Iterable[Scanned]
) -> dict[str, list[Scanned]]:
    """Return, for each of *names* that decides a FROM, what that FROM means.

    Of several that decide it, the first counts.
    """
    known = frozenset(names)
    decided: dict[str, list[Scanned]] = {}
    for one in scanned:
        name = next((name for name in one.variables if name in known), None)
        if one.instruction == "FROM" and name is not None:
            decided.setdefault(name, []).append(one)
    return decided


def fixed_if_part(found: Found, argument: str, values: Sequence[str]) -> Found:
    """Return *found*, which can have no digest unless *argument* is its own end.

    *values* are all references that the argument decides.
    """
    if isinstance(found, Skipped):
        return found
    if len(set(values)) > 1:
        return replace(found, unpinnable_reason=_SEVERAL)
    return (
        found
        if values[0].endswith(argument)
        else replace(found, unpinnable_reason=_PART)
    )
