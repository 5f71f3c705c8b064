"""Arguments of Terraform modules that look like images.

What a module does with its arguments is written in the module, which is rarely in
the project: an image is only a guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.shared.guess import as_guess
from imagelock.sources.terraform.walk import items_of, operands_of, pairs_of
from imagelock.syntax.hcl.strings import is_empty
from imagelock.syntax.hcl.tree import (
    Call,
    Computed,
    Items,
    Object,
    Template,
    Traversal,
    below,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found, Skipped
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.syntax.hcl.tree import Expression

_IMAGE: Final = re.compile(r"(?i).*image(?:_?(?:identifier|name|ur[il]))?")
_PARTS: Final = re.compile("[/:]")


def module_images(file: HclFile, body: Expression, use: str) -> Iterator[Found]:
    """Yield each likely image at any depth of *body*, the arguments of a module."""
    for item, item_use in items_of(body, use):
        if isinstance(item, Items):
            yield from module_images(file, item, item_use)
        elif isinstance(item, Call | Computed):
            for operand in operands_of(item):
                yield from module_images(file, operand, item_use)
        for name, value in pairs_of(item):
            yield from _argument(file, name, value, below(item_use, name))


def _argument(file: HclFile, name: str, value: Expression, use: str) -> Iterator[Found]:
    if isinstance(value, Items | Object | Call | Computed):
        yield from module_images(file, value, use)
    elif _IMAGE.fullmatch(name) and isinstance(value, Template | Traversal):
        if is_empty(value):
            return
        in_container = "container" in name or "container" in use
        found = as_guess(file.image(value, use), in_container=in_container)
        if found and _is_likely(found):
            yield found


def _is_likely(found: Skipped) -> bool:
    """Return whether *found*, of which a part may be computed, is likely an image."""
    return found.guess is not None or _PARTS.search(found.place.text) is not None
