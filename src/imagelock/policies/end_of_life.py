"""`end-of-life`: a version, or the distribution it is built on, without support."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.model.reference import DOCKER_HUB
from imagelock.policies.end_of_life_dates import CODENAMES, DATES
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, timedelta

    from imagelock.config.policy import Policy
    from imagelock.model.reference import Reference
    from imagelock.policies.image_use import ImageUse

RULE: Final = Rule.END_OF_LIFE

_OFFICIAL: Final = "library/"
_VERSION: Final = re.compile(r"v?(\d+(?:\.\d+)*)")
_ALPINE: Final = re.compile(r"alpine(\d+\.\d+)")
_HINT: Final = "use a version that is supported"


def is_on(policy: Policy) -> bool:
    """Return whether *policy* asks for it."""
    return policy.end_of_life or policy.end_of_life_soon is not None


def violations(use: ImageUse, policy: Policy) -> Iterator[Violation]:
    """Yield a violation for the version and the distribution in the tag of *use*.

    Only official images have known dates; `lifecycle` asks some registries.
    """
    today, shown = use.now.date(), use.occurrence.shown
    for product, version, end in _known(use.reference):
        yield from ended(shown, f"{product} {version}", end, today, policy)


def ended(
    shown: str, what: str, end: date, today: date, policy: Policy
) -> Iterator[Violation]:
    """Yield a violation if the support of *what* ended on *end*, or does so soon.

    *shown* is the name of the image.
    """
    if end < today:
        message = f"`{shown}`: the support of {what} ended on {end}"
        yield Violation(message, _HINT)
    elif _is_soon(end, today, policy.end_of_life_soon):
        message = f"`{shown}`: the support of {what} ends on {end}"
        yield Violation(message, _HINT)


def _is_soon(end: date, today: date, within: timedelta | None) -> bool:
    return within is not None and end - today <= within


def _known(reference: Reference) -> Iterator[tuple[str, str, date]]:
    """Yield each product in *reference*, its version, and the end of its support."""
    name = reference.repository.removeprefix(_OFFICIAL)
    is_official = name != reference.repository and reference.registry == DOCKER_HUB
    if not is_official or reference.tag is None:
        return
    first, *others = reference.tag.split("-")
    version = _VERSION.fullmatch(first)
    if version and (known := _cycle(name, version[1])):
        yield name, known, DATES[name][known]
    for part in (first, *others):
        if part in CODENAMES:
            product, known = CODENAMES[part]
            yield product, known, DATES[product][known]
        alpine = _ALPINE.fullmatch(part)
        if alpine and alpine[1] in DATES["alpine"]:
            yield "alpine", alpine[1], DATES["alpine"][alpine[1]]


def _cycle(name: str, version: str) -> str | None:
    """Return as much of *version* of the image *name* as has a known date."""
    parts = version.split(".")
    starts = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((start for start in starts if start in DATES.get(name, ())), None)
