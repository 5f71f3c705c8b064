"""What a file says about other files of the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A file uses the file at `path`: it builds it, applies it, or includes it.

    `replaced` are the names that mean another image in this use:
    `additional_contexts` of Compose in a Dockerfile, `images` of a kustomization in
    its manifests. A name is replaced in a file if every use of it replaces it.

    With `is_part`, the used file is a part of this one (Compose's `include`): what
    this file says of a place in it counts, instead of what it says when read alone.
    """

    path: PurePosixPath
    replaced: frozenset[str] = frozenset()
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """An image that the project builds, so that no registry need have its name.

    `place` is where the name is written, and `folder` the files in which it means
    this image: those below it.
    """

    reference: Reference
    place: Place
    folder: PurePosixPath


Relation = Usage | BuiltImage
