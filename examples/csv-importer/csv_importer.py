"""Digests from a CSV file with the columns `image` and `digest`."""

import csv
from collections.abc import Iterator

from imagelock.plugin import ImportedDigest, Text, UnreadableFileError, parse_entry

_HEAD = "image,digest"


def matches(text: str) -> bool:
    """Match a file that begins with the names of the columns."""
    return text.startswith(_HEAD)


def read(text: Text) -> Iterator[ImportedDigest]:
    """Yield the digest of each row."""
    for number, row in enumerate(csv.reader(text.value.splitlines()), start=1):
        if number == 1 or not row:
            continue
        if len(row) != len(_HEAD.split(",")):
            raise UnreadableFileError(f"line {number}: not an image and a digest")
        yield parse_entry(*row)
