"""Build arguments that decide the base images of a Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Skipped
from imagelock.sources.dockerfile import dockerfile
from imagelock.sources.dockerfile.reached import reached_names
from imagelock.sources.dockerfile.scan import ScanOptions, scan
from imagelock.sources.dockerfile.scanned_names import SYNTAX, NamedImage
from imagelock.sources.shared.classify import classify

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.scanned_names import ScannedName

DECIDED: Final = frozenset({"FROM", SYNTAX})
"""The instructions whose images build arguments can decide."""

_PART: Final = "the argument is not the end of the reference"
_SEVERAL: Final = "the argument is a part of several references"


@dataclass(frozen=True, slots=True)
class BuildArgument:
    """The value of a build argument and its place."""

    value: str
    place: Place


def base_images(
    path: PurePosixPath,
    arguments: Mapping[str, BuildArgument],
    context: Context,
    target: str = "",
) -> Iterator[Found]:
    """Yield the image of each FROM of the Dockerfile at *path* that *arguments* decide.

    Only what the stage *target* needs counts, if there is one. The place of an image is
    that of the first argument that decides it. A Dockerfile with another name is read
    here, too.
    """
    text = context.read(path)
    if text is None:
        return
    if not dockerfile.matches(path, text.value):
        yield from dockerfile.find(path, text, context)
    yield from decided_images(text, arguments, context, target)


def decided_images(
    text: Text,
    arguments: Mapping[str, BuildArgument],
    context: Context,
    target: str = "",
) -> Iterator[Found]:
    """Yield the image of each FROM in the Dockerfile *text* that *arguments* decide.

    Only what the stage *target* needs counts, if there is one.
    """
    if not arguments:
        return
    options = ScanOptions(
        platforms=context.platforms,
        arguments={name: argument.value for name, argument in arguments.items()},
    )
    names = reached_names(scan(text.value, options), text.value, target)
    for key, bases in bases_by_argument(arguments, names).items():
        argument = arguments[key]
        images = [base for base in bases if isinstance(base, NamedImage)]
        values = [image.value for image in images]
        for image in images:
            variables = () if image.value == argument.value else image.variables
            finding = classify(image.value, argument.place, variables)
            yield unpinnable_unless_suffix(finding, argument.value, values)


def bases_by_argument(
    arguments: Iterable[str], names: Iterable[ScannedName]
) -> dict[str, list[ScannedName]]:
    """Return the images among *names* that each of *arguments* decides.

    An image that several decide belongs to the first.
    """
    keys = frozenset(arguments)
    bases: dict[str, list[ScannedName]] = {}
    for name in names:
        argument = next((key for key in name.variables if key in keys), None)
        if name.instruction in DECIDED and argument is not None:
            bases.setdefault(argument, []).append(name)
    return bases


def is_decided(image: NamedImage, arguments: Container[str]) -> bool:
    """Return whether *arguments* of a build decide *image*, which is found there."""
    return image.instruction in DECIDED and any(
        name in arguments for name in image.variables
    )


def unpinnable_unless_suffix(
    finding: Found, argument: str, values: Sequence[str]
) -> Found:
    """Return *finding*, as unpinnable unless it ends with *argument*.

    *values* are all references that the argument decides.
    """
    if isinstance(finding, Skipped):
        return finding
    if len(set(values)) > 1:
        return replace(finding, unpinnable_reason=_SEVERAL)
    if values[0].endswith(argument):
        return finding
    return replace(finding, unpinnable_reason=_PART)
