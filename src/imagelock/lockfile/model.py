"""The lockfile as a value."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.model.signer import Signer

LOCKFILE: Final = PurePosixPath("images.lock")
"""The path of the lockfile, relative to the root of the project."""

VERSION: Final = 1
"""The version of the format that this imagelock reads and writes."""


def split_template(template: str) -> tuple[str, str, str]:
    """Return the text before the digest in *template*, its field, and the text after.

    The field is `digest` or `hex`; `{{` and `}}` mean single braces, as in
    `str.format`.

    Raises:
        ValueError: *template* does not have exactly one of the two fields.
    """
    from string import Formatter  # few lockfiles have templates

    before = after = field_name = ""
    for literal, name, specification, conversion in Formatter().parse(template):
        if field_name:
            after += literal
        else:
            before += literal
        if name is None:
            continue
        if field_name or name not in {"digest", "hex"} or specification or conversion:
            raise ValueError(_not_a_template(template))
        field_name = name
    if not field_name:
        raise ValueError(_not_a_template(template))
    return before, field_name, after


def _not_a_template(template: str) -> str:
    return f"`{template}` needs `{{digest}}` or `{{hex}}` exactly once"


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """A place in a file where `imagelock pin` wrote the digest.

    `use` is the first use of the place (`services.web.image`, `FROM`), and
    `number` counts, from 1, the places of one file with the same use and the same
    image. `wrote` is the text that was written, with `{digest}` or `{hex}` for the
    digest, if it was more than the digest itself, such as a tag or a new key.
    """

    path: PurePosixPath
    use: str
    number: int = 1
    wrote: str = ""


@dataclass(frozen=True, slots=True)
class Lockfile:
    """Every locked image by its key (`Reference.key`).

    `platforms` are those that the project declared when the lockfile was written:
    without them, an image that lacks a platform looks like a lockfile from before
    that platform was declared. `pins` are the digests in files that `imagelock pin`
    wrote, not the user. `lines` are the lines, from 1, on which the entries begin
    in the file that was read. `signers` are those of entries that a merge conflict
    left out: who signed an image before is still known. `is_healed` is
    whether the file has a merge conflict.
    """

    platforms: tuple[Platform, ...] = ()
    images: Mapping[Reference, Image] = field(default_factory=dict)
    pins: Mapping[Reference, tuple[Pin, ...]] = field(default_factory=dict)
    lines: Mapping[Reference, int] = field(default_factory=dict, compare=False)
    signers: Mapping[Reference, tuple[Signer, ...]] = field(
        default_factory=dict, compare=False
    )
    is_healed: bool = field(default=False, compare=False)
