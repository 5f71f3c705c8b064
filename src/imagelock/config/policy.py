"""What the settings allow: `[policy]`, as a value."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from datetime import date, timedelta

    from imagelock.model.finding import Rule
    from imagelock.model.reference_pattern import ReferencePattern

MOVING_TAGS: Final = (
    *("latest", "main", "master", "trunk", "develop", "dev", "devel"),
    *("edge", "nightly", "canary", "unstable", "testing", "snapshot", "next"),
    *("stable", "release", "current", "lts"),
)
"""Tags that their publishers move as a matter of course."""


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

    NONE = "none"
    LOCK = "lock"
    """In the lockfile."""
    DIGEST = "digest"
    """In the file that names the image."""


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

    `levels` and `pins` are by pattern, of which the last that matches counts.
    """

    registries: tuple[ReferencePattern, ...] = ()
    moving_tags: tuple[str, ...] = ()
    levels: tuple[tuple[ReferencePattern, TagLevel], ...] = ()
    pins: tuple[tuple[ReferencePattern, PinLevel], ...] = ()
    denied: tuple[Denial, ...] = ()
    look_alike: bool = False
    end_of_life: bool = False
    end_of_life_soon: timedelta | None = None
    max_lag: timedelta | None = None
    accepted: tuple[Acceptance, ...] = ()
