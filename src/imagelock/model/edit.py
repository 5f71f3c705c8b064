"""Edits of files by splicing: all bytes outside the edits stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A replacement of the bytes from *start* to *end* of a file by *text*."""

    path: PurePosixPath
    start: int
    end: int
    text: bytes


def apply(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return *data* with *edits*, whose offsets are those of the unchanged *data*.

    Equal edits count once.

    Raises:
        ValueError: two different edits touch the same bytes.
    """
    pieces: list[bytes] = []
    last: Edit | None = None
    for edit in sorted(set(edits)):
        if last and (edit.start < last.end or edit.start == last.start):
            message = f"two edits touch byte {edit.start} of {edit.path}"
            raise ValueError(message)
        pieces += [data[last.end if last else 0 : edit.start], edit.text]
        last = edit
    return b"".join([*pieces, data[last.end if last else 0 :]])
