"""Which images the files of a project want."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from imagelock.errors import ConfigurationError
from imagelock.lockfile.model import Pin
from imagelock.model.image_pattern import matches_image
from imagelock.model.occurrence import Judgement, Occurrence, Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference


def wanted(
    found: Iterable[Found], pins: Mapping[Reference, Collection[Pin]] | None = None
) -> dict[Reference, Digest | None]:
    """Return every key (`Reference.key`) with the digest that a file writes for it.

    The first digest that is written counts, so that one reference has one digest
    in the whole project; `verify` reports the others. Those of *pins* do not
    count: they follow the lock.
    """
    digests: dict[Reference, Digest | None] = {}
    for one, pin in with_pins(found):
        key = one.reference.key
        chosen = None if find_pin(pin, key, pins or {}) else one.reference.digest
        digests[key] = digests.get(key) or chosen
    return digests


def with_pins(found: Iterable[Found]) -> Iterator[tuple[Occurrence, Pin]]:
    """Yield each occurrence with the pin by which the lock would know it."""
    numbers: Counter[tuple[PurePosixPath, str, Reference]] = Counter()
    for one in found:
        if isinstance(one, Occurrence):
            path, use, key = one.place.path, one.place.location, one.reference.key
            numbers[path, use, key] += 1
            yield one, Pin(path, use, numbers[path, use, key])


def find_pin(
    pin: Pin, key: Reference, pins: Mapping[Reference, Collection[Pin]]
) -> Pin | None:
    """Return the entry of *pins* for the place of *pin*, if *key* is pinned there."""
    known = pins.get(key, ())
    return next((one for one in known if replace(one, wrote="") == pin), None)


def still_pinned(
    found: Iterable[Found], pins: Mapping[Reference, Collection[Pin]]
) -> dict[Reference, tuple[Pin, ...]]:
    """Return those of *pins* in whose place a digest is written."""
    kept: dict[Reference, tuple[Pin, ...]] = {}
    for one, place in with_pins(found):
        key = one.reference.key
        if one.reference.digest and (pin := find_pin(place, key, pins)):
            kept[key] = (*kept.get(key, ()), pin)
    return kept


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
        matching = {key for key in keys if matches_image(pattern, key)}
        if not matching:
            raise ConfigurationError(
                f"no image of this project matches `{pattern}`",
                hint="`imagelock list` shows them all",
            )
        chosen |= matching
    return frozenset(chosen)
