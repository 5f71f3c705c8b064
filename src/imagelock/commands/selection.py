"""The references of a project, the digests written for them, and their pins."""

from __future__ import annotations

from collections import Counter

from imagelock.dataclass import replace
from imagelock.errors import UsageError, nearest
from imagelock.light_typing import TYPE_CHECKING
from imagelock.lockfile.model import Pin
from imagelock.model.image_pattern import EXCEPT, matches_image
from imagelock.model.occurrence import Judgement, Occurrence, Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference


def required_digests(
    findings: Iterable[Found], pins: Mapping[Reference, Collection[Pin]] | None = None
) -> dict[Reference, Digest | None]:
    """Return every key (`Reference.key`) with the digest that a file writes for it.

    The first digest that is written counts, so that a reference has only one digest
    in the whole project; `verify` reports the others. Those of *pins* do not count:
    they follow the lock.
    """
    places = digest_places(findings, pins)
    return {
        key: occurrence.reference.digest if occurrence else None
        for key, occurrence in places.items()
    }


def digest_places(
    findings: Iterable[Found], pins: Mapping[Reference, Collection[Pin]] | None = None
) -> dict[Reference, Occurrence | None]:
    """Return every key with the place whose digest `required_digests` takes."""
    places: dict[Reference, Occurrence | None] = {}
    for occurrence, pin in _with_known_pins(findings, pins or {}):
        key = occurrence.reference.key
        places.setdefault(key, None)
        if occurrence.reference.digest and not pin:
            places[key] = places[key] or occurrence
    return places


def places_of(
    findings: Iterable[Found], keys: Iterable[Reference]
) -> dict[Reference, list[Place]]:
    """Return where each of *keys* is used, in the order of *findings*."""
    places: dict[Reference, list[Place]] = {key: [] for key in keys}
    for finding in findings:
        if isinstance(finding, Occurrence) and finding.reference.key in places:
            places[finding.reference.key].append(finding.place)
    return places


def _with_known_pins(
    findings: Iterable[Found], pins: Mapping[Reference, Collection[Pin]]
) -> Iterator[tuple[Occurrence, Pin | None]]:
    """Yield each occurrence with the entry of *pins* for its place, if there is one."""
    if not pins:
        # Most projects pin nothing, and counting the places takes time.
        yield from ((item, None) for item in findings if isinstance(item, Occurrence))
        return
    for occurrence, place in with_pins(findings):
        yield occurrence, find_pin(place, occurrence.reference.key, pins)


def with_pins(findings: Iterable[Found]) -> Iterator[tuple[Occurrence, Pin]]:
    """Yield each occurrence with the pin by which the lock would know it."""
    numbers: Counter[tuple[PurePosixPath, str, Reference]] = Counter()
    for finding in findings:
        if isinstance(finding, Occurrence):
            place, key = finding.place, finding.reference.key
            identity = place.path, place.location, key
            numbers[identity] += 1
            yield finding, Pin(place.path, place.location, numbers[identity])


def find_pin(
    pin: Pin, key: Reference, pins: Mapping[Reference, Collection[Pin]]
) -> Pin | None:
    """Return the entry of *pins* for the place of *pin*, if *key* is pinned there."""
    recorded = pins.get(key, ())
    return next((entry for entry in recorded if replace(entry, wrote="") == pin), None)


def still_pinned(
    findings: Iterable[Found], pins: Mapping[Reference, Collection[Pin]]
) -> dict[Reference, tuple[Pin, ...]]:
    """Return those of *pins* in whose place a digest is written."""
    kept: dict[Reference, tuple[Pin, ...]] = {}
    for occurrence, pin in _with_known_pins(findings, pins):
        key = occurrence.reference.key
        if occurrence.reference.digest and pin:
            kept[key] = (*kept.get(key, ()), pin)
    return kept


def abandoned_pins(
    findings: Sequence[Found], pins: Mapping[Reference, Collection[Pin]]
) -> dict[Reference, frozenset[Pin]]:
    """Return those of *pins* in whose place no digest is written any more.

    What is in a file that cannot be read is not known: its pins are not among them.
    """
    kept = still_pinned(findings, pins)
    unreadable = {
        finding.place.path
        for finding in findings
        if isinstance(finding, Skipped)
        and finding.reason.judgement is Judgement.UNREADABLE
    }
    return {
        key: frozenset(
            pin
            for pin in recorded
            if pin not in kept.get(key, ())
            and unreadable.isdisjoint((pin.path, *pin.path.parents))
        )
        for key, recorded in pins.items()
    }


def without_pins(
    pins: Mapping[Reference, Collection[Pin]],
    removed: Mapping[Reference, Collection[Pin]],
) -> dict[Reference, tuple[Pin, ...]]:
    """Return *pins* without those that are in *removed*."""
    return {
        key: tuple(pin for pin in recorded if pin not in removed.get(key, ()))
        for key, recorded in pins.items()
    }


def is_complete(findings: Iterable[Found]) -> bool:
    """Return whether every file could be read, so that no reference is missing."""
    return not any(
        isinstance(finding, Skipped)
        and finding.reason.judgement is Judgement.UNREADABLE
        for finding in findings
    )


def unlocked_as_written(
    findings: Iterable[Found], locked: Collection[Reference]
) -> dict[Reference, str]:
    """Return the text that stands for each key which must not be shown.

    Variables decide it wherever it is used, and it is not among those *locked*, whose
    names are in the lockfile.
    """
    written: dict[Reference, str | None] = {}
    for finding in findings:
        if isinstance(finding, Occurrence):
            key = finding.reference.key
            text = finding.as_written
            written[key] = text and written.get(key, text)
    return {key: text for key, text in written.items() if text and key not in locked}


def places_by_key(findings: Iterable[Found]) -> dict[Reference, list[Place]]:
    """Return each key with the places that use it, at least one."""
    places: dict[Reference, list[Place]] = {}
    for finding in findings:
        if isinstance(finding, Occurrence):
            places.setdefault(finding.reference.key, []).append(finding.place)
    return places


def similar_image(pattern: str, keys: Iterable[Reference]) -> str:
    """Return a hint for a *pattern* that matches none of *keys*."""
    names: dict[str, str] = {}
    for key in keys:
        familiar = key.familiar
        last = key.name.rpartition("/")[2]
        spellings = (familiar, key.name, last, f"{last}:{key.tag}")
        names |= dict.fromkeys(spellings, familiar)
    near = nearest(pattern, names)
    if near is None:
        return "`imagelock list` shows them all"
    return f"did you mean `{names[near]}`?"


def select(
    patterns: Sequence[str], keys: Mapping[Reference, object]
) -> frozenset[Reference]:
    """Return the keys that *patterns* match; all of them if none says which.

    Patterns are those of `matches_image`; what `!PATTERN` matches is left out.

    Raises:
        UsageError: a pattern matches none of the keys.
        InvalidReferenceError: a pattern without wildcards is not a reference.
    """
    wanted = [pattern for pattern in patterns if not pattern.startswith(EXCEPT)]
    chosen: set[Reference] = set() if wanted else set(keys)
    for pattern in wanted:
        matching = {key for key in keys if matches_image(pattern, key)}
        if not matching:
            raise UsageError(
                f"no image of this project matches `{pattern}`",
                hint=similar_image(pattern, keys),
            )
        chosen |= matching
    for pattern in set(patterns).difference(wanted):
        left_out = pattern.removeprefix(EXCEPT)
        chosen -= {key for key in chosen if matches_image(left_out, key)}
    return frozenset(chosen)
