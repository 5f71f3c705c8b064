"""How people name images: in any spelling, or by a pattern."""

from __future__ import annotations

from fnmatch import fnmatchcase

from imagelock.model.reference import Reference


def is_pattern(name: str) -> bool:
    """Tell whether *name* means images by a pattern."""
    return any(wildcard in name for wildcard in "*?[")


def matches_image(name: str, key: Reference) -> bool:
    """Tell whether *name* means the image with this *key* (`Reference.key`).

    A reference in any spelling: without a tag it means every tag of the
    repository. With `*`, `?` or `[` it is a pattern for the normal and the short
    form.

    Raises:
        InvalidReferenceError: without wildcards it is not a reference.
    """
    if is_pattern(name):
        return any(fnmatchcase(one, name) for one in (str(key), key.name, key.familiar))
    reference = Reference.parse(name)
    written = reference.tag and name.partition("@")[0].endswith(f":{reference.tag}")
    return (
        reference.key == key
        if written or reference.digest
        else (reference.name == key.name)
    )
