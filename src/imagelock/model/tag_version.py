"""Versions in tags."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import zip_longest
from typing import Final

from imagelock.dataclass import dataclass

LONGEST: Final = 128
"""Characters of the longest tag (OCI distribution-spec, "Pulling manifests")."""

_TAG: Final = re.compile(
    r"""
    (?P<prefix>
        (?: (?: [A-Za-z]++ [-_.] )*+
            (?: (?: amd64|x64|x86(?:_64)?|i[3-6]86|aarch64|arm64(?:v8)?|arm32v[5-7]
                  | armv[5-8]l? |loong64|mips64(?:le|el)?|ppc64(?:le|el)?|riscv64|s390x )
                (?: [-_.] | \Z )
              | (?! (?:build|rel|release|ver|version)[0-9] )
                [A-Za-z]{2,}+ [0-9]++ (?: \.[0-9]++ )*+ - (?= v[0-9] | [0-9]++\.[0-9] ) )
        )*+
        [^0-9]*+ )                              # with the `v`, if there is one
    (?: (?P<date>
            (?: 19|20 ) [0-9]{2}
            (?: (?P<dash> [-_] ) (?: 0?[1-9] | 1[0-2] )
                (?P=dash) (?: 0?[1-9] | [12][0-9] | 3[01] )
                (?: [T_.-] [0-2][0-9] (?: [-.]? [0-5][0-9] ){1,2} Z? )?
              | - (?: 0[1-9] | 1[0-2] ) (?! -[0-9] ) ) )
        (?! [A-Za-z0-9] | \.[0-9] )
      | (?P<release> [0-9]++ (?: \.[0-9]++ )*+) )
    (?P<prerelease>
        (?: [-._]? (?: alpha|beta|rc|cr|preview|pre|milestone ) (?: [-.]?[0-9]++ )*+
          | [-.]? (?: a|b|c|m|dev|next ) \.? [0-9]++ (?: \.[0-9]++ )*+
          | [-.]? (?: canary|nightly|snapshot|unstable ) [-.]? [0-9]++ (?: \.[0-9]++ )*+ )
        (?![A-Za-z0-9])
    )?+
    (?P<build> _[0-9]++ (?: \.[0-9]++ )*+ (?![A-Za-z0-9]) )?+
    (?P<suffix> .*+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BUILD: Final = re.compile(
    r"""
    - (?: (?P<count> [0-9]{1,6} )
        | (?P<day> 20[0-9]{6} )
        | (?P<minute> 20[0-9]{10} )
        | (?P<second> 20[0-9]{12} )
        | (?P<epoch> 1[0-9]{9} ) )
    """,
    re.VERBOSE,
)
"""The number of a build, as in Red Hat's `8.6-990`, or the time of it.

Other numbers of so many digits may be commits, which have no order.
"""
COMMIT: Final = re.compile(r"(?=[0-9]*+[a-f])[0-9a-f]{7,40}")
NUMBERED: Final = frozenset({"commit", "git", "mr", "pr", "pull", "rev", "sha"})
"""Words before a number that identifies a state, not a version."""
_SEPARATOR: Final = re.compile(r"[-_.]")
_DATE_DIGITS: Final = 8
_DIGITS: Final = re.compile(r"[0-9]+")
_TOKEN: Final = re.compile(r"[0-9]+|[A-Za-z]+")
_RANKS: Final = {
    "canary": 0,
    "dev": 0,
    "next": 0,
    "nightly": 0,
    "snapshot": 0,
    "unstable": 0,
    "a": 1,
    "alpha": 1,
    "b": 2,
    "beta": 2,
    "m": 3,
    "milestone": 3,
    "pre": 4,
    "preview": 4,
    "c": 5,
    "cr": 5,
    "rc": 5,
}
_OTHER_WORD: Final = 6


class Level(StrEnum):
    """The distance of two versions: the first number in which they differ."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version in a tag.

        v 1.30.2 rc1 _12 -alpine3.22
        prefix, release, prerelease, build, suffix

    `flavour` are the parts in which a replacement must be equal: prefix, the form of a
    date and the kind of build, and suffix. The prefix may have numbers that are those
    of another part: `arm64v8-`, or `pg14-v` before `0.2.0`.
    `precision` is the number of parts of the release, if that must be equal too.
    `prerelease` is empty for a stable version.
    """

    text: str
    flavour: tuple[str, ...]
    release: tuple[int, ...]
    prerelease: str = ""
    build: tuple[int, ...] = ()
    precision: int | None = None

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Parse the tag *text*; return `None` if it is not a version.

        Tags without an order are not versions: a codename, a commit (7 to 40
        hexadecimal digits, as Git abbreviates them), also after a word, `sha-…`,
        `pr-…`, and a date after a word (`artful-20170826`, `nightly-2024-01-15`).
        """
        match = _TAG.fullmatch(text) if len(text) <= LONGEST else None
        if match is None or _is_commit(text, match.end("prefix")):
            return None
        prefix, date = match["prefix"], match["date"]
        release = numbers(date or match["release"])
        word = prefix.rstrip("-_.").lower()
        is_date = bool(date) or len(match["release"].partition(".")[0]) >= _DATE_DIGITS
        if word in NUMBERED or (is_date and word not in {"", "v"}):
            return None
        build, suffix = match["build"] or "", match["suffix"]
        kind = _DIGITS.sub("", date or "") + ("_" if build else "")
        # Behind a single number, such as `16-3`, may be the version of another part.
        counted = _BUILD.fullmatch(suffix) if not build and len(release) > 1 else None
        if counted:
            build, suffix, kind = suffix, "", f"{kind}-{counted.lastgroup}"
        return cls(
            text=text,
            flavour=(prefix, kind, suffix),
            release=release,
            prerelease=(match["prerelease"] or "").lstrip("-._").lower(),
            build=numbers(build),
            precision=len(release),
        )

    @property
    def suffix(self) -> str:
        """The text after the numbers, such as `-alpine3.22`."""
        return self.flavour[-1]

    @property
    def is_stable(self) -> bool:
        """Whether it is not a prerelease."""
        return not self.prerelease

    @property
    def order(self) -> tuple[object, ...]:
        """The sort key: the newer a version, the greater.

        A prerelease comes before its release. Numbers are compared by value, so
        `16.04` and `16.4` are equal.
        """
        tokens = tuple(map(_token, _TOKEN.findall(self.prerelease)))
        return self.release, self.is_stable, tokens, self.build

    def fits(self, other: Version) -> bool:
        """Return whether *other* is the same kind of version, newer or older."""
        return (
            self.flavour == other.flavour
            and self.precision == other.precision
            and bool(self.build) == bool(other.build)
        )

    def first_difference(self, other: Version) -> int | None:
        """Return the index of the first part of the release that *other* has not."""
        pairs = zip_longest(self.release, other.release, fillvalue=-1)
        differing = (i for i, (mine, its) in enumerate(pairs) if mine != its)
        return next(differing, None)

    def level_of(self, other: Version) -> Level:
        """Return the first part of the release in which *other* differs, else `PATCH`."""
        match self.first_difference(other):
            case 0:
                return Level.MAJOR
            case 1:
                return Level.MINOR
            case _:
                return Level.PATCH


def numbers(text: str) -> tuple[int, ...]:
    """Return every number in *text*, from left to right."""
    return tuple(map(int, _DIGITS.findall(text)))


def _is_commit(text: str, position: int) -> bool:
    """Return whether what is between separators at *position* of *text* is a commit."""
    before = _SEPARATOR.split(text[:position])[-1]
    return bool(COMMIT.fullmatch(before + _SEPARATOR.split(text[position:])[0]))


def _token(text: str) -> tuple[int, int, str]:
    """Return the sort key of a part of a prerelease: numbers before words."""
    if text.isdecimal():
        return 0, int(text), ""
    return 1, _RANKS.get(text, _OTHER_WORD), "" if text in _RANKS else text
