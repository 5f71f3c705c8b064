"""Write a database file of bbolt, the key-value store in which Trivy keeps its database.

The layout is that of `go.etcd.io/bbolt` (`db.go`, `page.go`, `meta.go`): pages of 4 KiB,
of which two are meta pages, one is the list of free pages, and each bucket is one leaf.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Bucket: TypeAlias = "Mapping[str, bytes | Bucket]"

_PAGE: Final = 4096
_MAGIC: Final = 0xED0CDAED
_VERSION: Final = 2
_LEAF, _META, _FREE_LIST = 0x02, 0x04, 0x10
_IS_BUCKET: Final = 0x01
_PAGE_HEAD: Final = struct.Struct("<QHHI")
"""Page id, flags, number of elements, number of further pages."""
_ELEMENT: Final = struct.Struct("<IIII")
"""Flags, distance to the key, and the sizes of key and value."""
_META_FIELDS: Final = struct.Struct("<IIIIQQQQQ")
"""Magic, version, page size, flags, root page, sequence, free list, next page, transaction."""


def write_bolt(path: Path, root: Bucket) -> None:
    """Write a database with the buckets *root* to *path*."""
    leaves = _Leaves()
    top = leaves.add(root)
    free = _page(2, _FREE_LIST, 0, b"")
    metas = [_meta(number, top, leaves.next_page) for number in range(2)]
    path.write_bytes(b"".join([*metas, free, *leaves.pages]))


class _Leaves:
    """The leaf pages, one or more for each bucket, in the order of their ids."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []
        self.next_page = 3

    def add(self, bucket: Bucket) -> int:
        """Add *bucket* after those in it, and return the id of its page."""
        rows = []
        for key, value in sorted(bucket.items(), key=lambda item: item[0].encode()):
            if isinstance(value, bytes):
                rows.append((0, key.encode(), value))
            else:
                place = struct.pack("<QQ", self.add(value), 0)
                rows.append((_IS_BUCKET, key.encode(), place))
        number = self.next_page
        page = _page(number, _LEAF, len(rows), _elements(rows))
        self.pages.append(page)
        self.next_page += len(page) // _PAGE
        return number


def _elements(rows: list[tuple[int, bytes, bytes]]) -> bytes:
    heads, body = b"", b""
    for index, (flags, key, value) in enumerate(rows):
        distance = _ELEMENT.size * (len(rows) - index) + len(body)
        heads += _ELEMENT.pack(flags, distance, len(key), len(value))
        body += key + value
    return heads + body


def _page(number: int, flags: int, count: int, content: bytes) -> bytes:
    pages = -(-(_PAGE_HEAD.size + len(content)) // _PAGE)
    head = _PAGE_HEAD.pack(number, flags, count, pages - 1)
    return (head + content).ljust(pages * _PAGE, b"\0")


def _meta(number: int, root: int, next_page: int) -> bytes:
    fields = (_MAGIC, _VERSION, _PAGE, 0, root, 0, 2, next_page, number)
    meta = _META_FIELDS.pack(*fields)
    return _page(number, _META, 0, meta + struct.pack("<Q", _fnv_1a(meta)))


def _fnv_1a(data: bytes) -> int:
    """Return the 64-bit FNV-1a hash of *data*."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value
