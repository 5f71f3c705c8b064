"""What a file says about other files of the project."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.dataclass import field as new_field
from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference

    Pairs = tuple[tuple[str, str], ...]

    RemainingImages = Mapping["ManifestImage", tuple["ManifestImage", ...]]
    """What images that a file changes are afterwards: nothing, one, or several.

    An image that is not a key stays as it is.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestImage:
    """An image in an object of Kubernetes, by all that can tell it from others.

    `value` is what the object has there: a name, with or without tag and digest.
    `kind`, `name` and `namespace` are those of the object, `field` is the path in
    it (`spec.containers[0].image`), and `container` the name of the container.
    With `is_never_pulled`, the container runs what is on the node already.
    `labels` and `annotations` are those of the object, which do not tell it apart.
    """

    value: str
    kind: str = ""
    name: str = ""
    namespace: str = ""
    field: str = ""
    container: str = ""
    is_never_pulled: bool = False
    labels: Pairs = new_field(default=(), compare=False)
    annotations: Pairs = new_field(default=(), compare=False)


class NeverPulled:
    """The images that are never pulled, as long as nothing changes that."""

    def __contains__(self, image: object) -> bool:
        return isinstance(image, ManifestImage) and image.is_never_pulled


NEVER_PULLED: Final = NeverPulled()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A file uses the file at `path`: it builds it, applies it, or includes it.

    `replaced` are the names that mean another image in this use:
    `additional_contexts` of Compose in a Dockerfile. With `changes_images`, images of
    the used file may be others after the use: the source says which (`Changing`).
    A name is replaced in a file, and an image is changed, if that is so in every use
    of the file.

    With `is_part`, the used file is a part of this one (Compose's `include`): what
    this file says of a place in it counts, instead of what it says when read alone.
    """

    path: PurePosixPath
    replaced: frozenset[str] = frozenset()
    changes_images: bool = False
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """An image that the project builds, so that no registry need have its name.

    `place` is where the name is written. The name means this image in `files`, in
    files of `formats`, and in those below the folder `below`; without all of them, in
    every file. With `has_any_tag`, it does so
    whatever the tag is. A reference with a digest never means it. With `is_context`,
    it is not an image, but a context that a build gets by that name.
    """

    reference: Reference
    place: Place
    files: frozenset[PurePosixPath] | None = None
    formats: frozenset[str] = frozenset()
    has_any_tag: bool = False
    is_context: bool = False
    below: PurePosixPath | None = None

    def is_meant(self, reference: Reference, place: Place) -> bool:
        """Return whether *reference* at *place*, of the same repository, means it."""
        if reference.digest or not (self.has_any_tag or reference == self.reference):
            return False
        if self.files is None and self.below is None and not self.formats:
            return True
        if place.format in self.formats or place.path in (self.files or ()):
            return True
        return self.below is not None and place.path.is_relative_to(self.below)


Relation = Usage | BuiltImage
