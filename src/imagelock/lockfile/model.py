"""What a lockfile holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from string import Formatter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

LOCKFILE: Final = PurePosixPath("images.lock")
"""Where the lockfile is, from the root of the project."""

VERSION: Final = 1
"""The version of the format that this imagelock reads and writes."""


def parts(form: str) -> tuple[str, str, str]:
    """Return what stands before the digest in *form*, its field, and what is behind.

    The field is `digest` or `hex`; `{{` and `}}` mean single braces, as in
    `str.format`.

    Raises:
        ValueError: *form* does not have just one of the two fields.
    """
    before = after = found = ""
    for literal, name, specification, conversion in Formatter().parse(form):
        if found:
            after += literal
        else:
            before += literal
        if name is None:
            continue
        if found or name not in {"digest", "hex"} or specification or conversion:
            message = f"`{form}` needs `{{digest}}` or `{{hex}}` just once"
            raise ValueError(message)
        found = name
    if not found:
        message = f"`{form}` needs `{{digest}}` or `{{hex}}` just once"
        raise ValueError(message)
    return before, found, after


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """A place in whose file `imagelock pin` wrote the digest.

    `use` is the first use of the place (`services.web.image`, `FROM`), and
    `number` counts, from 1, the places of one file with the same use and the same
    image. `wrote` is what was written, with `{digest}` or `{hex}` for the digest,
    if it was more than the digest itself, such as a tag or a new key.
    """

    path: PurePosixPath
    use: str
    number: int = 1
    wrote: str = ""


@dataclass(frozen=True, slots=True)
class Lockfile:
    """Every locked image by its key (`Reference.key`).

    `platforms` are those that the project declared when it was written: without
    them nobody could tell an image that lacks a platform from a lock that was
    made before the platform was declared. `pins` are the digests that stand in
    files because they were pinned, not because somebody chose them. `lines` are
    the lines, from 1, on which the entries begin in the file that was read.
    """

    platforms: tuple[Platform, ...] = ()
    images: Mapping[Reference, Image] = field(default_factory=dict)
    pins: Mapping[Reference, tuple[Pin, ...]] = field(default_factory=dict)
    lines: Mapping[Reference, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in the tables of a lockfile: each image with its pins, in order."""

    platforms: tuple[Platform, ...]
    images: tuple[tuple[Image, tuple[Pin, ...]], ...]
