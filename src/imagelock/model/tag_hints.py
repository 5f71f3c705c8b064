"""Hints about tags that seem newer, and are not offered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.newer_tags import (
    LONGEST_JUMP,
    adds_zeros,
    is_among_commits,
    is_near,
    parse_tag,
    replaces,
)
from imagelock.model.tag_version import LONGEST, NUMBERED, Version, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.model.tag_pattern import TagPattern

_RELEASES: Final = re.compile(
    r"[0-9]+(?:\.[0-9]+)*"
    r"|\b(?:stretch|buster|bullseye|bookworm|trixie|forky|bionic|focal|jammy|noble)\b"
)
"""Versions of Linux distributions in a suffix: `3.22`, `bookworm`."""
_PIECE: Final = re.compile(
    r"""
    (?<![A-Za-z0-9]) (?P<commit> g? (?=[a-f]*+[0-9]) (?=[0-9]*+[a-f]) [0-9a-f]{7,64} )
        (?![A-Za-z0-9])
  | (?<![A-Za-z]) (?P<system> arm(?:32|64)?v[5-8] |
        (?: alpine|bci|centos|debian|el|fedora|focal|linux|ltsc|nanoserver|oraclelinux
          | photon|rhel|rocky|rockylinux|sles|suse|ubi|ubuntu|windowsservercore )
        [-_.]? [0-9]++ (?: \.[0-9]++ )*+ )
  | (?P<word> (?<![A-Za-z]) (?: k[03]s | rke2r | [A-Za-z]++ ) )? (?P<number> [0-9]++ (?: \.[0-9]++ )*+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What has digits: a commit, a system, or another word with a number."""
_COUNTING: Final = frozenset(
    {
        "",
        "b",
        "build",
        "cu",
        "ea",
        "eksbuild",
        "gke",
        "k0s",
        "k3s",
        "kb",
        "ls",
        "p",
        "r",
    }
    | {"rev", "rke2r", "t", "u", "v"}
)
"""Words whose number counts builds, updates or hours: `-ls45`, `-r12`, `8u372`.

Other words with a number name a flavour: `-jdk17`, `-cuda12.1`.
"""
_UNCLEAR: Final = re.compile(r"[0-9]{7}|[0-9]{9}|[0-9]{11}|[0-9]{13}|[0-9]{15,}")
"""Digits that are too many for a count, and no date or time: a commit perhaps."""
_DATE: Final = 20_000_000
_YEARS: Final = range(1990, 2100)
_FIRST_DATE: Final = 100_000
"""`202401` is a month, and `240115` a day."""

_DIGITS: Final = re.compile(r"[0-9]+")
_NUMBERED: Final = re.compile(rf"(?:{'|'.join(NUMBERED)})(?![A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _TagForm:
    """A tag in which `#` and `@` stand for its numbers and commits."""

    text: str
    numbers: tuple[int, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """A pattern for tags of this form, with a group for each number."""
        text = re.escape(self.text).replace(r"\#", "#")
        return re.compile(text.replace("#", "([0-9]+)").replace("@", "[0-9a-g]{7,65}"))

    def is_release_of(self, version: Version) -> bool:
        """Return whether all that counts is in the release and build of *version*."""
        count = len(version.release) + len(version.build)
        return "@" not in self.text and len(self.numbers) == count


def is_numbered(tag: str) -> bool:
    """Return whether *tag* has a version, or numbers that others may exceed."""
    return Version.parse(tag) is not None or _form_of(tag) is not None


def explain_no_upgrade(
    current: str, available: Iterable[str], pattern: TagPattern | None = None
) -> str | None:
    """Return why newer versions cannot replace *current*, if there are any.

    Often, they are built on a newer release of a distribution only, or they end with
    the number of a build, of which only a pattern can say how it counts.
    """
    version = parse_tag(current, pattern)
    if pattern:
        return None if version else f"`tag-pattern` does not match `{current}`"
    tags = set(available)
    if is_among_commits(current, tags):
        return None
    return _explain_numbers(current, version, tags) or (
        _explain_suffix(version, tags) if version and version.suffix else None
    )


def explain_jump(current: str, available: Iterable[str]) -> str | None:
    """Return a hint at a version that seems too far above *current* to be offered.

    A year or a date is none: such tags are left from another scheme.
    """
    version, tags = Version.parse(current), set(available)
    if version is None or is_among_commits(current, tags):
        return None
    above = (
        other
        for other in map(Version.parse, tags)
        if other and replaces(other, version, jumps=True) and _is_count(other, version)
    )
    best = max(above, key=lambda v: (v.is_stable, v.order, v.text), default=None)
    if best is None:
        return None
    difference = (
        "has leading zeros"
        if adds_zeros(best, version)
        else f"is more than {LONGEST_JUMP} versions higher"
    )
    return (
        f"`{best.text}` {difference}, and may count something else:"
        " set `tag-pattern` to compare such tags"
    )


def _is_count(new: Version, old: Version) -> bool:
    """Return whether the first number in which *new* differs is no year and no date."""
    index = old.first_difference(new)
    number = new.release[index] if index is not None else 0
    return number not in _YEARS and number < _FIRST_DATE


def _explain_numbers(
    current: str, version: Version | None, available: Iterable[str]
) -> str | None:
    """Return a hint at the tag of the form of *current* with the highest numbers.

    There is none if that tag is offered.
    """
    form = _form_of(current)
    if form is None or (version and form.is_release_of(version)):
        return None
    best, newest = form.numbers, None
    # Parsing all tags of a large repository would be slow.
    for match in sorted(
        filter(None, map(form.pattern.fullmatch, available)), key=_text
    ):
        tag, its = match[0], tuple(map(int, match.groups()))
        if its > best and _form_of(tag) == _TagForm(form.text, its):
            other = Version.parse(tag)
            if _may_follow(other, version) and _are_alike(its, form.numbers):
                best, newest = its, (tag, other)
    if newest is None or (newest[1] and version and version.fits(newest[1])):
        return None
    return f"`{newest[0]}` looks newer: set `tag-pattern` to compare such tags"


def _may_follow(new: Version | None, old: Version | None) -> bool:
    """Return whether *new*, of the form of *old*, is no tag of another scheme."""
    if new is None or old is None:
        return new is old
    if old.fits(new):
        return replaces(new, old, jumps=False)
    return new.release >= old.release and is_near(new, old)


def _are_alike(new: Sequence[int], old: Sequence[int]) -> bool:
    """Return whether no date or time takes the place of a small number."""
    pairs = zip(new, old, strict=True)
    return all(n < _DATE or len(str(n)) == len(str(o)) for n, o in pairs)


def _explain_suffix(current: Version, available: Iterable[str]) -> str | None:
    """Return a hint at a newer version whose suffix differs in numbers and names."""
    family = _RELEASES.sub("#", current.suffix)
    start = family.partition("#")[0]
    likely = {tag for tag in available if start in tag}
    successors = [
        version
        for version in map(Version.parse, likely)
        if version
        and _RELEASES.sub("#", version.suffix) == family
        and replaces(_with_suffix(version, current.suffix), current, jumps=False)
    ]
    if not successors:
        return None
    best = max(successors, key=lambda v: (v.order, v.suffix == current.suffix, v.text))
    if best.suffix == current.suffix:
        return None
    return f"`{best.text}` is out, but no such version with `{current.suffix}`"


def _text(match: re.Match[str]) -> str:
    return match[0]


def _with_suffix(version: Version, suffix: str) -> Version:
    return replace(version, flavour=(*version.flavour[:-1], suffix))


def _form_of(tag: str) -> _TagForm | None:
    """Return the form of *tag*; `None` without numbers that count something."""
    version = Version.parse(tag)
    prefix = version.flavour[0] if version else ""
    if len(tag) > LONGEST or (version is None and _NUMBERED.match(tag)):
        return None
    found: list[int] = []

    def placeholder(match: re.Match[str]) -> str:
        word, number = match["word"] or "", match["number"]
        if match["commit"] or (number and _UNCLEAR.fullmatch(number)):
            return "@"
        if number is None or word.lower() not in _COUNTING:
            return match[0]
        found.extend(numbers(number))
        return word + _DIGITS.sub("#", number)

    text = prefix + _PIECE.sub(placeholder, tag[len(prefix) :])
    return _TagForm(text, tuple(found)) if found else None
