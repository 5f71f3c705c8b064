"""Read and compare many versions of one lockfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.errors import LockfileError
from imagelock.lockfile.canonical import read_canonical
from imagelock.lockfile.reader import read
from imagelock.text_file import decode_utf8

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference

    Version = Mapping[bytes, Image]
    """The image of each entry by its text, or by any other text that is only its."""

_START: Final = b"\n[[image]]\n"
"""What the writer puts before the rest of each entry."""


class VersionReader:
    """Reads versions of a lockfile, each entry once for all versions that have it.

    Versions stay bytes as long as they can: most of each was in the version before.
    """

    def __init__(self) -> None:
        self._images: dict[bytes, Image] = {}
        self._references: dict[bytes, bytes] = {}
        self._heads: set[bytes] = set()

    def read(self, data: bytes) -> Version:
        """Return the entries in *data*.

        Raises:
            LockfileError: as in `imagelock.lockfile.reader.read`, or it is not UTF-8.
        """
        lines = data.replace(b"\r\n", b"\n") if b"\r" in data else data
        head, *entries = lines.split(_START)
        if head not in self._heads:
            if _canonical(head) is None:
                return _other_form(data)
            self._heads.add(head)
        for entry in set(entries).difference(self._images):
            if (lockfile := _canonical(head + _START + entry)) is None:
                return _other_form(data)
            [self._images[entry]] = lockfile.images.values()
            self._references[entry] = entry.partition(b"\n")[0]
        # A reference that is locked twice is an error, which the reader explains.
        if len(set(map(self._references.__getitem__, entries))) < len(entries):
            return _other_form(data)
        return dict(zip(entries, map(self._images.__getitem__, entries), strict=True))


def difference(
    old: Version, new: Version
) -> tuple[dict[Reference, Image], dict[Reference, Image]]:
    """Return the images of *old*, and those of *new*, whose entries the other lacks."""
    gone, came = old.keys() - new.keys(), new.keys() - old.keys()
    return (
        {old[entry].reference: old[entry] for entry in gone},
        {new[entry].reference: new[entry] for entry in came},
    )


def _canonical(data: bytes) -> Lockfile | None:
    """Return the lockfile in *data*, if it is as the writer writes it."""
    try:
        return read_canonical(data.decode())
    except UnicodeDecodeError:
        return None


def _other_form(data: bytes) -> Version:
    """Return the entries in *data*, which the writer did not write."""
    text = decode_utf8(data, "the lockfile", LockfileError)
    return {str(key).encode(): image for key, image in read(text).images.items()}
