"""Read and compare many versions of one lockfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.lockfile.canonical import read_canonical
from imagelock.lockfile.reader import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.model.image import Image
    from imagelock.model.reference import Reference

    Version = Mapping[str, Image]
    """The image of each entry by its text, or by any other text that is only its."""

_START: Final = "\n[[image]]\n"
"""What the writer puts before the rest of each entry."""


class VersionReader:
    """Reads versions of a lockfile, each entry once for all versions that have it."""

    def __init__(self) -> None:
        self._images: dict[str, Image | None] = {}
        self._heads: set[str] = set()

    def read(self, text: str) -> Version:
        """Return the entries in *text*.

        Raises:
            LockfileError: as in `imagelock.lockfile.reader.read`.
        """
        head, *entries = text.replace("\r\n", "\n").split(_START)
        if head not in self._heads:
            if read_canonical(head) is None:
                return _other_form(text)
            self._heads.add(head)
        version: dict[str, Image] = {}
        for entry in entries:
            if entry not in self._images:
                self._images[entry] = _image(head, entry)
            if (image := self._images[entry]) is None:
                return _other_form(text)
            version[entry] = image
        # A reference that is locked twice is an error, which the reader explains.
        references = {entry.partition("\n")[0] for entry in entries}
        return version if len(references) == len(entries) else _other_form(text)


def difference(
    old: Version, new: Version
) -> tuple[dict[Reference, Image], dict[Reference, Image]]:
    """Return the images of *old*, and those of *new*, whose entries the other lacks."""
    gone, came = old.keys() - new.keys(), new.keys() - old.keys()
    return (
        {old[entry].reference: old[entry] for entry in gone},
        {new[entry].reference: new[entry] for entry in came},
    )


def _image(head: str, entry: str) -> Image | None:
    """Return the image of *entry* in a file that begins with *head*, if it is usual."""
    lockfile = read_canonical(f"{head}{_START}{entry}")
    return next(iter(lockfile.images.values())) if lockfile else None


def _other_form(text: str) -> Version:
    """Return the entries in *text*, which the writer did not write."""
    return {str(key): image for key, image in read(text).images.items()}
