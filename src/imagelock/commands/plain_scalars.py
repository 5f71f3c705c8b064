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


def as_scalar(tag: str, path: PurePosixPath, start: int, text: Text) -> str:
    """Return *tag* as it can be a whole scalar, from byte *start* of the file at *path*.

    *text* is that of the file.
    """
    if not is_yaml(path) or not _NUMBER.fullmatch(tag):
        return tag
    before = text.encode(text.value)[: start - text.mark].rstrip(text.encode(" "))
    is_plain = before.endswith((text.encode(":"), text.encode("\n")))
    return f'"{tag}"' if is_plain else tag
