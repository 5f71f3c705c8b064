"""Choose locked images by the names and patterns that users write."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from imagelock.model.image_pattern import EXCEPT, is_pattern, matches_image
from imagelock.model.reference import DOCKER_HUB, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def reference_filter(pattern: str) -> Callable[[str], bool]:
    """Return a function that says whether a key, as text, matches *pattern*.

    Raises:
        InvalidReferenceError: *pattern* is neither a pattern nor a reference.
    """
    if is_pattern(pattern):
        compiled = re.compile(translate(pattern)).match

        def matches(key: str) -> bool:
            # A database has many keys, and parsing all of them takes time.
            return any(map(compiled, _spellings(key))) and matches_image(
                pattern, Reference.parse(key)
            )

        return matches
    reference = Reference.parse(pattern)
    if reference.tag and pattern.endswith(f":{reference.tag}"):
        return str(reference.key).__eq__
    # Without a tag, all tags and digests of the repository.
    starts = (f"{reference.name}:", f"{reference.name}@")
    return lambda key: key.startswith(starts)


def references_filter(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return a function that says whether a key matches any of *patterns*.

    Without patterns, all of them do; what `!PATTERN` matches does not.

    Raises:
        InvalidReferenceError: one of them is neither a pattern nor a reference.
    """
    wanted = [reference_filter(p) for p in patterns if not p.startswith(EXCEPT)]
    others = [
        reference_filter(p.removeprefix(EXCEPT))
        for p in patterns
        if p.startswith(EXCEPT)
    ]

    def matches(key: str) -> bool:
        is_wanted = not wanted or any(each(key) for each in wanted)
        return is_wanted and not any(each(key) for each in others)

    return matches


def _spellings(key: str) -> Iterator[str]:
    """Yield the forms of *key*, a reference in normal form, and perhaps some more."""
    name, slash, last = key.partition("@")[0].rpartition("/")
    bare = f"{name}{slash}{last.partition(':')[0]}"
    yield from (key, bare)
    yield key.removeprefix(f"{DOCKER_HUB}/")
    yield key.removeprefix(f"{DOCKER_HUB}/library/")
