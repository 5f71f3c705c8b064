"""Tags that YAML would read as numbers, where no quotes are around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_yaml

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text

_NUMBER: Final = re.compile(r"[0-9]*\.?[0-9]+([eE][0-9]+)?|0[xXoO][0-9a-fA-F]+|[0-9_]+")
"""Tags that YAML would parse as numbers (`7.10` becomes 7.1)."""


def as_scalar(tag: str, path: PurePosixPath, start: int, end: int, text: Text) -> str:
    """Return *tag* as it can be a whole scalar of the file at *path*.

    It replaces the bytes from *start* to *end* of the file, whose text is *text*. With
    a digest behind it, as in `tag: 1.0@sha256:…`, a number is a text anyway.
    """
    if not is_yaml(path) or not _NUMBER.fullmatch(tag):
        return tag
    data = text.encode(text.value)
    before = data[: start - text.mark].rstrip(text.encode(" "))
    is_plain = before.endswith((text.encode(":"), text.encode("\n")))
    has_digest = data.startswith(text.encode("@"), end - text.mark)
    return f'"{tag}"' if is_plain and not has_digest else tag
