"""Find the newer tags of a repository."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.tag_version import COMMIT, Level, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imagelock.model.reference import Reference
    from imagelock.model.tag_pattern import TagPattern

LONGEST_JUMP: Final = 500
"""A major or minor version that is higher by more is a year or a date."""
_SHORTEST_DATE: Final = 8
"""Digits of `20240115`; times have more."""
_DATE: Final = re.compile(
    r"(?:19|20)[0-9]{2} (?:0[1-9]|1[0-2]) (?:0[1-9]|[12][0-9]|3[01]) (?:[0-9]{2}){0,3}",
    re.VERBOSE,
)
_LONG: Final = re.compile(r"(?<![A-Za-z0-9])[0-9]{7,40}(?![A-Za-z0-9])")
"""Digits that may be a commit without letters."""
_RELEASE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")


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


def candidates(
    current: str, available: Iterable[str], pattern: TagPattern | None = None
) -> Mapping[Level, Sequence[str]]:
    """Return the *available* tags that can replace *current*, newest first.

    They have the same prefix, `v`, suffix and number of parts, and are greater.
    Prereleases count only if *current* is one, and come after stable versions: a
    level has only prereleases if no stable version at all is greater.
    With a *pattern*, only its groups are compared. There are none for a tag that is
    not a version.
    """
    current_version = parse_tag(current, pattern)
    if current_version is None:
        return {}
    levels: dict[Level, list[Version]] = defaultdict(list)
    likely = set(available)
    if not pattern:  # parsing all tags of a large repository is slow
        likely = {tag for tag in likely if tag.endswith(current_version.suffix)}
        if is_among_commits(current, likely):
            return {}
    for version in (parse_tag(tag, pattern) for tag in likely):
        if version and replaces(version, current_version, jumps=pattern is not None):
            levels[current_version.level_of(version)].append(version)
    return {
        level: [
            version.text
            for version in sorted(
                versions, key=lambda v: (v.is_stable, v.order, v.text), reverse=True
            )
        ]
        for level, versions in _without_early_prereleases(levels).items()
    }


def parse_tag(tag: str, pattern: TagPattern | None) -> Version | None:
    """Return the version in *tag*, by *pattern* if there is one; `None` if it has none."""
    return pattern.version(tag) if pattern else Version.parse(tag)


def replaces(version: Version, current: Version, *, jumps: bool) -> bool:
    """Return whether *version* can replace *current*; *jumps* allows any distance."""
    return (
        version.fits(current)
        and version.order > current.order
        and (version.is_stable or not current.is_stable)
        and (jumps or is_near(version, current))
    )


def is_near(version: Version, current: Version) -> bool:
    """Return whether *version*, which is greater, can succeed *current*.

    In no part does a date or a time succeed a small number, and in the first two, a
    year neither: tags of another scheme are left in many repositories. Nor does a
    number succeed a date that is none, or one with a leading zero a single digit.
    """
    index = current.first_difference(version)
    if index is None:
        return True
    new, old = version.release[index], current.release[index]
    is_no_date = _DATE.fullmatch(str(old)) and not _DATE.fullmatch(str(new))
    if is_no_date or adds_zeros(version, current):
        return False
    if new - old <= LONGEST_JUMP:  # builds that are counted go from 999 to 1000
        return True
    if index == 0 and old > LONGEST_JUMP:
        return len(str(new)) == len(str(old))
    if index <= 1 and old <= LONGEST_JUMP:
        return False
    return len(str(new)) < _SHORTEST_DATE or len(str(new)) == len(str(old))


def adds_zeros(version: Version, current: Version) -> bool:
    """Return whether *version* has a leading zero where *current* has a single digit.

    Dates are written so (`20.04.1`), and decimal numbers (`1.05`), in which numbers do
    not count as in `5.1.4`.
    """
    pairs = zip(_written(version), _written(current), strict=False)
    return any(len(new) > len(old) == 1 and new[0] == "0" for new, old in pairs)


def _written(version: Version) -> list[str]:
    """Return the numbers of the release of *version* as its tag has them."""
    match = _RELEASE.match(version.text, len(version.flavour[0]))
    return match[0].split(".") if match else []


def is_among_commits(tag: str, available: Iterable[str]) -> bool:
    """Return whether digits in *tag* are a commit without letters.

    Then others of the *available* tags have commits in that place, of the same length:
    `main-1234567` beside `main-a1b2c3d`. A date is taken for what it is.
    """
    for piece in _LONG.finditer(tag):
        start, end = piece.span()
        head, tail = tag[:start], tag[end:]
        if not _DATE.fullmatch(piece[0]) and any(
            len(other) == len(tag)
            and other.startswith(head)
            and other.endswith(tail)
            and COMMIT.fullmatch(other, start, end)
            for other in available
        ):
            return True
    return False


def _without_early_prereleases(
    levels: Mapping[Level, list[Version]],
) -> dict[Level, list[Version]]:
    """Return *levels*, without those of prereleases only if any has a stable version."""
    stable = {
        level: versions
        for level, versions in levels.items()
        if any(version.is_stable for version in versions)
    }
    return stable or dict(levels)
