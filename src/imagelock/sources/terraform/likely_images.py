"""Arguments that look like images, where no rule says what they are.

What a module does with its arguments is written in the module, which is rarely in
the project, and there are thousands of types of resources. An image is only a guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.shared.guess import as_guess
from imagelock.sources.terraform.walk import items_of, operands_of, pairs_of
from imagelock.syntax.hcl.strings import is_empty, literal
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

    from imagelock.model.occurrence import Skipped
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.syntax.hcl.tree import Expression

_IMAGE: Final = re.compile(r"(?i).*image(?:_?(?:identifier|name|ur[il]))?")
_PARTS: Final = re.compile("[/:]")


def likely_images(file: HclFile, body: Expression, use: str) -> Iterator[Skipped]:
    """Yield each likely image at any depth of *body*."""
    for item, item_use in items_of(body, use):
        registry = _registry(item)
        if isinstance(item, Items):
            yield from likely_images(file, item, item_use)
        elif isinstance(item, Call | Computed):
            for operand in operands_of(item):
                yield from likely_images(file, operand, item_use)
        for name, value in pairs_of(item):
            yield from _argument(file, name, value, below(item_use, name), registry)


def _registry(item: Expression) -> str:
    """Return the registry of the images in *item*, where it is written apart.

    It ends with a slash, and is empty otherwise.

    Web applications of Azure have the address of it in `docker_registry_url`.
    """
    url = item.get("docker_registry_url") if isinstance(item, Object) else None
    address = literal(url) if url is not None else None
    host = (address or "").partition("://")[2].rstrip("/")
    return f"{host}/" if host else ""


def _argument(
    file: HclFile, name: str, value: Expression, use: str, registry: str
) -> Iterator[Skipped]:
    if isinstance(value, Object) and _IMAGE.fullmatch(name):
        split = _split_image(file, value, use)
        if split is not None:
            yield split
            return
    if isinstance(value, Items | Object | Call | Computed):
        yield from likely_images(file, value, use)
    elif _IMAGE.fullmatch(name) and isinstance(value, Template | Traversal):
        if is_empty(value):
            return
        in_container = "container" in name or "container" in use
        image = file.image_behind(registry, value, use)
        found = as_guess(image, in_container=in_container)
        if found and _is_likely(found):
            yield found


def _split_image(file: HclFile, value: Object, use: str) -> Skipped | None:
    """Return the image whose parts are written apart, if all of them are known."""
    tag, repository = value.get("tag"), value.get("repository")
    if not isinstance(tag, Template) or repository is None:
        return None
    registry = value.get("registry")
    parts = [literal(part) for part in (registry, repository) if part is not None]
    known = [part for part in parts if part]
    if not parts or len(known) < len(parts):
        return None
    return as_guess(file.image_behind(f"{'/'.join(known)}:", tag, below(use, "tag")))


def _is_likely(found: Skipped) -> bool:
    """Return whether *found*, of which a part may be computed, is likely an image."""
    return found.guess is not None or _PARTS.search(found.place.text) is not None
