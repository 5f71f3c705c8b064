"""Find the newer tags of a repository."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.tag_version import Level, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imagelock.model.reference import Reference
    from imagelock.model.tag_pattern import TagPattern

_LONGEST_JUMP: Final = 500
"""A major version that is higher by more is a year or a date, not a successor."""
_RELEASES: Final = re.compile(
    r"[0-9]+(?:\.[0-9]+)*"
    r"|\b(?:stretch|buster|bullseye|bookworm|trixie|forky|bionic|focal|jammy|noble)\b"
)
"""Versions of Linux distributions in a suffix: `3.22`, `bookworm`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerTags:
    """The newest tag of each level; `None` if there is none."""

    patch: str | None = None
    minor: str | None = None
    major: str | None = None

    def of(self, level: Level) -> str | None:
        """Return the newest tag of *level*, else of the next smaller level."""
        match level:
            case Level.PATCH:
                return self.patch
            case Level.MINOR:
                return self.minor or self.patch
            case Level.MAJOR:
                return self.major or self.minor or self.patch


@dataclass(frozen=True, slots=True, kw_only=True)
class TagStatus:
    """The locked image with the key `reference`, compared with the registry.

    `digest_moved` is whether the tag has a different digest than the lock, and
    `None` if that is unknown. `hint` explains why newer versions are not offered.
    """

    reference: Reference
    newest: NewerTags
    digest_moved: bool | None
    hint: str | None = None

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to report."""
        return self.newest == NewerTags() and not self.digest_moved and not self.hint


def newest(
    current: str, available: Iterable[str], pattern: TagPattern | None = None
) -> NewerTags:
    """Return the newest of the *available* tags that can replace *current*."""
    by_level = candidates(current, available, pattern)
    return NewerTags(**{level: tags[0] for level, tags in by_level.items()})


def candidates(
    current: str, available: Iterable[str], pattern: TagPattern | None = None
) -> Mapping[Level, Sequence[str]]:
    """Return the *available* tags that can replace *current*, newest first.

    They have the same prefix, `v`, suffix and number of parts, and are greater.
    Prereleases count only if *current* is one, and come after stable versions.
    With a *pattern*, only its groups are compared. There are none for a tag that is
    not a version.
    """
    current_version = _parse(current, pattern)
    if current_version is None:
        return {}
    levels: dict[Level, list[Version]] = defaultdict(list)
    likely = set(available)
    if not pattern:  # parsing all tags of a large repository is slow
        likely = {tag for tag in likely if tag.endswith(current_version.suffix)}
    for version in (_parse(tag, pattern) for tag in likely):
        if version and _replaces(version, current_version, jumps=pattern is not None):
            levels[current_version.level_of(version)].append(version)
    return {
        level: [
            version.text
            for version in sorted(
                versions, key=lambda v: (v.is_stable, v.order, v.text), reverse=True
            )
        ]
        for level, versions in levels.items()
    }


def explain_no_upgrade(
    current: str, available: Iterable[str], pattern: TagPattern | None = None
) -> str | None:
    """Return why newer versions cannot replace *current*, if there are any.

    Often, they are built on a newer release of a distribution only.
    """
    current_version = _parse(current, pattern)
    if pattern:
        return None if current_version else f"`tag-pattern` does not match `{current}`"
    if current_version is None or not current_version.suffix:
        return None
    family = _RELEASES.sub("#", current_version.suffix)
    start = family.partition("#")[0]
    likely = {tag for tag in available if start in tag}
    successors = [
        version
        for version in map(Version.parse, likely)
        if version
        and _RELEASES.sub("#", version.suffix) == family
        and _replaces(
            _with_suffix(version, current_version.suffix), current_version, jumps=False
        )
    ]
    if not successors:
        return None
    best = max(
        successors, key=lambda v: (v.order, v.suffix == current_version.suffix, v.text)
    )
    if best.suffix == current_version.suffix:
        return None
    return f"`{best.text}` is out, but no such version with `{current_version.suffix}`"


def _parse(tag: str, pattern: TagPattern | None) -> Version | None:
    return pattern.version(tag) if pattern else Version.parse(tag)


def _with_suffix(version: Version, suffix: str) -> Version:
    return replace(version, flavour=(*version.flavour[:-1], suffix))


def _replaces(version: Version, current: Version, *, jumps: bool) -> bool:
    """Return whether *version* can replace *current*; *jumps* allows any distance."""
    return (
        version.fits(current)
        and version.order > current.order
        and (version.is_stable or not current.is_stable)
        and (jumps or _is_near(version.release[0], current.release[0]))
    )


def _is_near(major: int, current: int) -> bool:
    """Return whether *major* can succeed *current*.

    A date or a year does not succeed a small number. Dates succeed dates, which are
    numbers with the same number of digits.
    """
    if current > _LONGEST_JUMP:
        return len(str(major)) == len(str(current))
    return major - current <= _LONGEST_JUMP
