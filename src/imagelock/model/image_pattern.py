"""Match the image names and patterns that users write."""

from __future__ import annotations

from fnmatch import fnmatchcase

from imagelock.errors import InvalidReferenceError
from imagelock.light_typing import Final
from imagelock.model.reference import Reference

EXCEPT: Final = "!"
"""In front of a name on the command line: all images but these."""


def is_pattern(name: str) -> bool:
    """Return whether *name* is a pattern, not a reference."""
    return any(wildcard in name for wildcard in "*?[")


def check_image(name: str) -> str:
    """Return *name* if it is a pattern, or a reference in any spelling.

    Raises:
        ValueError: it is neither.
    """
    if not is_pattern(name):
        try:
            Reference.parse_key(name)
        except InvalidReferenceError as error:
            raise ValueError(str(error)) from None
    return name


def check_wanted(name: str) -> str:
    """Return *name* as `check_image` does, which `!` may begin.

    Raises:
        ValueError: as there.
    """
    check_image(name.removeprefix(EXCEPT))
    return name


def matches_image(name: str, key: Reference) -> bool:
    """Return whether *name* matches the image with this *key* (`Reference.key`).

    A reference matches in its normal and its short form, and without a tag it
    matches every tag of the repository. A name with `*`, `?` or `[` is a pattern
    for both forms.

    Raises:
        InvalidReferenceError: *name* is neither a pattern nor a reference.
    """
    if is_pattern(name):
        forms = (str(key), key.name, key.familiar)
        return any(fnmatchcase(form, name) for form in forms)
    reference = Reference.parse_key(name)
    has_tag = reference.tag and name.partition("@")[0].endswith(f":{reference.tag}")
    if has_tag or reference.digest:
        return reference.key == key
    return reference.name == key.name
