"""What the settings allow: `[policy]`, as a value."""

from __future__ import annotations

from enum import StrEnum

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Final, TypeVar
from imagelock.model.finding import Rule

if TYPE_CHECKING:
    from datetime import date, timedelta

    from imagelock.config.signatures import SignerRequirement
    from imagelock.model.reference import Reference
    from imagelock.model.reference_pattern import ReferencePattern

MOVING_TAGS: Final = (
    *("latest", "main", "master", "trunk", "develop", "dev", "devel"),
    *("edge", "nightly", "canary", "unstable", "testing", "snapshot", "next"),
    *("stable", "release", "current", "lts"),
)
"""Tags that their publishers move as a matter of course."""


POLICY_RULES: Final = frozenset(
    {
        Rule.AGE_UNKNOWN,
        Rule.BASE_NOT_ALLOWED,
        Rule.BASE_UNKNOWN,
        Rule.END_OF_LIFE,
        Rule.IMAGE_DENIED,
        Rule.LABEL_MISSING,
        Rule.LOOK_ALIKE,
        Rule.MOVING_TAG,
        Rule.NOT_PINNED,
        Rule.OUTDATED_LOCK,
        Rule.REGISTRY_NOT_ALLOWED,
        Rule.TOO_OLD,
    }
)
"""The rules that check nothing until `[policy]` asks for it."""


class TagLevel(StrEnum):
    """How much of a version a tag must state."""

    ANY = "any"
    """Any tag, even one that moves."""
    VERSION = "version"
    """A tag with a number."""
    DIGEST = "digest"
    """A digest, whatever the tag is."""


class PinLevel(StrEnum):
    """Where the digest of an image must be written."""

    LOCK = "lock"
    """In the lockfile, which the rule `not-locked` checks."""
    DIGEST = "digest"
    """In the file that names the image."""


NO_LIMIT: Final = "none"
"""The age of images that may be of any."""

_Level = TypeVar("_Level")

ByPattern = tuple[tuple["ReferencePattern", _Level], ...]
"""Values by pattern, of which the last that matches an image counts."""


def level_of(levels: ByPattern[_Level], reference: Reference) -> _Level | None:
    """Return the value for *reference*, if a pattern matches it."""
    last_first = reversed(levels)
    return next(
        (level for pattern, level in last_first if pattern.matches(reference)), None
    )


@dataclass(frozen=True, slots=True)
class Denial:
    """Images that must not be used, the reason, and the day from which on."""

    pattern: ReferencePattern
    reason: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Findings of *rule* about some images that are accepted until a day."""

    rule: Rule
    pattern: ReferencePattern
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What images may be used; without settings, each of them.

    `max_age` is how old an image may be, `bases` the images on which it may be built,
    and `labels` the names of the labels that it must have.
    """

    registries: tuple[ReferencePattern, ...] = ()
    moving_tags: tuple[str, ...] = ()
    levels: ByPattern[TagLevel] = ()
    pins: ByPattern[PinLevel] = ()
    denied: tuple[Denial, ...] = ()
    look_alike: bool = False
    end_of_life: bool = False
    end_of_life_soon: timedelta | None = None
    max_lag: timedelta | None = None
    signers: tuple[SignerRequirement, ...] = ()
    max_age: ByPattern[timedelta | None] = ()
    bases: ByPattern[tuple[ReferencePattern, ...]] = ()
    labels: ByPattern[tuple[str, ...]] = ()
    accepted: tuple[Acceptance, ...] = ()
