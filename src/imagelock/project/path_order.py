"""The order of paths."""

from __future__ import annotations


def in_order(path: object) -> str:
    """Return what texts of paths are sorted by, to be in the order of the paths.

    A text is compared at once, where paths compare part by part: the end of a part
    comes before everything else that a name can have.
    """
    return str(path).replace("/", "\0")
