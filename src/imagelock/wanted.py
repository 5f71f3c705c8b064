"""Which images the files of a project want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.errors import ConfigurationError
from imagelock.naming import means
from imagelock.occurrence import Judgement, Occurrence, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imagelock.digest import Digest
    from imagelock.occurrence import Found
    from imagelock.reference import Reference


def wanted(found: Iterable[Found]) -> dict[Reference, Digest | None]:
    """Return every key (`Reference.key`) with the digest that a file writes for it.

    The first digest that is written counts, so that one reference has one digest
    in the whole project; `verify` reports the others.
    """
    digests: dict[Reference, Digest | None] = {}
    for one in found:
        if isinstance(one, Occurrence):
            key = one.reference.key
            digests[key] = digests.get(key) or one.reference.digest
    return digests


def is_complete(found: Iterable[Found]) -> bool:
    """Tell whether every file could be read, so that nothing wanted is missing."""
    return not any(
        isinstance(one, Skipped) and one.reason.judgement is Judgement.UNREADABLE
        for one in found
    )


def select(
    patterns: Sequence[str], keys: Mapping[Reference, object]
) -> frozenset[Reference]:
    """Return the keys that *patterns* mean; all of them if there is no pattern.

    `naming.means` says what a pattern means.

    Raises:
        ConfigurationError: a pattern means none of the keys.
        InvalidReferenceError: a pattern without wildcards is not a reference.
    """
    if not patterns:
        return frozenset(keys)
    chosen: set[Reference] = set()
    for pattern in patterns:
        matching = {key for key in keys if means(pattern, key)}
        if not matching:
            raise ConfigurationError(
                f"no image of this project matches `{pattern}`",
                hint="`imagelock list` shows them all",
            )
        chosen |= matching
    return frozenset(chosen)
