"""Read and compare many versions of one lockfile."""

from __future__ import annotations

from itertools import compress, count
from operator import ne
from typing import TYPE_CHECKING, Final

from imagelock.errors import LockfileError
from imagelock.lockfile.canonical import read_canonical
from imagelock.lockfile.reader import read
from imagelock.lockfile.writer import write
from imagelock.text_file import decode_utf8

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference

    Version = Sequence[bytes]
    """The entries of a lockfile as the writer writes them, sorted by reference."""

_START: Final = b"\n[[image]]\n"
"""What the writer puts before the rest of each entry."""


class VersionReader:
    """Reads versions of a lockfile, and the images that differ between two of them.

    Versions stay bytes: an entry is parsed where it appears, and its image forgotten
    where it disappears, so that both time and memory go with what changes.
    """

    def __init__(self) -> None:
        self._images: dict[bytes, Image] = {}
        self._head = b""

    def read(self, data: bytes, before: Version = ()) -> Version:
        """Return the entries in *data*; those that are in *before*, too, are shared.

        Raises:
            LockfileError: as in `imagelock.lockfile.reader.read`, or it is not UTF-8.
        """
        try:
            return self._canonical(data, before)
        except ValueError:
            lockfile = read(decode_utf8(data, "the lockfile", LockfileError))
            return self._canonical(write(lockfile).encode(), before)

    def difference(
        self, old: Version, new: Version
    ) -> tuple[dict[Reference, Image], dict[Reference, Image]]:
        """Return the images of *old*, and those of *new*, whose entries the other lacks."""
        gone, came = _difference(old, new)
        images = self._by_reference(gone), self._by_reference(came)
        for entry in gone:
            del self._images[entry]
        return images

    def _canonical(self, data: bytes, before: Version) -> Version:
        """Return the entries in *data*.

        Raises:
            ValueError: the writer writes another form.
        """
        lines = data.replace(b"\r\n", b"\n") if b"\r" in data else data
        head, *entries = lines.split(_START)
        if head != self._head:
            _parse(head)
            self._head = head
        gone, came = _difference(before, entries)
        self._by_reference(came)
        # Where entries gave way to as many of the same references, each is still unique.
        is_update = len(entries) == len(before) and len(gone) == len(came)
        is_unique = (is_update and _references(gone) == _references(came)) or (
            len(_references(entries)) == len(entries)
        )
        if not is_unique:
            raise ValueError
        return _shared(entries, before)

    def _by_reference(self, entries: Collection[bytes]) -> dict[Reference, Image]:
        if new := [entry for entry in entries if entry not in self._images]:
            lockfile = _parse(b"".join([self._head, *(_START + each for each in new)]))
            self._images.update(zip(new, lockfile.images.values(), strict=True))
        images = map(self._images.__getitem__, entries)
        return {image.reference: image for image in images}


def _difference(old: Version, new: Version) -> tuple[set[bytes], set[bytes]]:
    """Return the entries of *old*, and those of *new*, that the other lacks."""
    # Most are in the same place, and are not hashed.
    differ = list(map(ne, old, new))
    gone = {*compress(old, differ), *old[len(new) :]}
    came = {*compress(new, differ), *new[len(old) :]}
    return gone - came, came - gone


def _references(entries: Collection[bytes]) -> set[bytes]:
    """Return the first line of each entry, which has its reference."""
    return {entry.partition(b"\n")[0] for entry in entries}


def _shared(entries: Sequence[bytes], before: Version) -> Version:
    """Return *entries*, with the objects of *before* for those that are equal."""
    if len(entries) != len(before):
        known = dict(zip(before, before, strict=True))
        return [known.get(entry, entry) for entry in entries]
    shared = list(before)
    for place in compress(count(), map(ne, before, entries)):
        shared[place] = entries[place]
    return shared


def _parse(data: bytes) -> Lockfile:
    """Return the lockfile in *data*.

    Raises:
        ValueError: the writer writes another form, or it is not UTF-8.
    """
    lockfile = read_canonical(data.decode())
    if lockfile is None:
        raise ValueError
    return lockfile
