"""Patterns of users that say what in a tag is its version: `tag-pattern`."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Final, Self

from imagelock.errors import ConfigurationError
from imagelock.model.tag_version import LONGEST, Version, numbers

_PARTS: Final = ("major", "minor", "patch")
_COMPARED: Final = frozenset({"version", "build", *_PARTS})
_GROUPS: Final = _COMPARED | {"compat", "prerelease"}
_LONGEST_PATTERN: Final = 500
_MOST_WILDCARDS: Final = 3
_MOST_CHOICES: Final = 10
_SIGN: Final = re.compile(
    r"""
    (?P<open> \( (?: \?P?<[A-Za-z_]\w*> | \?[:=!>] | \?<[=!] )? )
  | (?P<close> \) )
  | (?P<either> \| )
  | (?P<repeat> (?: [*+] | \{[0-9]*,[0-9]*\} ) [+?]? )
  | (?P<times> \{[0-9]+\} )
  | (?P<maybe> \? [+?]? )
  | (?P<digits> \\d | \[0-9\] )
  | (?P<wild> \. | \\[wWSD] | \[ \^? \]? (?: \\. | [^\]\\] )* \] )
  | \\. | .
    """,
    re.VERBOSE | re.DOTALL,
)
_NAMED: Final = re.compile(r"(\\.)|\(\?<(?=[A-Za-z_])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TagPattern:
    """A regular expression for whole tags, whose named groups say what is what.

    `version`, or `major`, `minor` and `patch`, are the numbers that are compared
    first, then `build`; `compat` must stay the same; `prerelease` marks a version
    that is not stable. What no group names may be anything: a commit, a time.
    """

    regex: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read *text*; groups may be written `(?<name>…)`, as elsewhere.

        Raises:
            ConfigurationError: it is no regular expression, has a group that
                means nothing or none to compare, or could take forever.
        """
        message = f"the tag pattern `{text}`"
        if len(text) > _LONGEST_PATTERN:
            problem = f"has more than {_LONGEST_PATTERN} characters"
            raise ConfigurationError(f"{message} {problem}")
        if reason := _slow(text):
            raise ConfigurationError(
                f"{message} {reason}, which could take forever",
                hint=r"write `[\d.]+` instead of `(\d+\.?)+`",
            )
        try:
            # What will mean something else in the next Python is refused now.
            with warnings.catch_warnings(action="error"):
                regex = re.compile(_NAMED.sub(_python_form, text), re.ASCII)
        except (re.error, Warning, RecursionError, OverflowError) as error:
            raise ConfigurationError(
                f"{message} is no regular expression: {error}"
            ) from None
        names = set(regex.groupindex)
        if unknown := sorted(names - _GROUPS):
            problem = f"has a group `{unknown[0]}`, which means nothing"
        elif not names & _COMPARED:
            problem = "has no group to compare"
        else:
            return cls(regex)
        known = ", ".join(f"`{name}`" for name in sorted(_GROUPS))
        raise ConfigurationError(f"{message} {problem}", hint=f"the groups are {known}")

    def version(self, tag: str) -> Version | None:
        """Return what the pattern reads in *tag*; `None` if it does not match."""
        match = self.regex.fullmatch(tag) if len(tag) <= LONGEST else None
        if match is None:
            return None
        found = {name: text or "" for name, text in match.groupdict().items()}
        release = numbers(found.get("version", ""))
        if not found.keys().isdisjoint(_PARTS):
            # Each part on its place, so that `patch` alone is one of level patch.
            parts = (numbers(found.get(part, "")) or (0,) for part in _PARTS)
            release += tuple(number for part in parts for number in part)
        return Version(
            text=tag,
            flavour=(found.get("compat", ""),),
            release=release,
            prerelease=found.get("prerelease", "").lower(),
            build=numbers(found.get("build", "")),
        )


def _python_form(match: re.Match[str]) -> str:
    return match[1] or "(?P<"


def _slow(text: str) -> str | None:
    """Return what in the regular expression *text* makes matching explode.

    A repetition of what itself repeats or chooses can be matched in
    exponentially many ways, and so can many choices; many wildcards in
    polynomially many.
    """
    scan = _Scan()
    for sign in _SIGN.finditer(text):
        if scan.nests(sign.lastgroup or "literal"):
            return "repeats what itself repeats or chooses"
    if scan.wildcards > _MOST_WILDCARDS:
        return f"has more than {_MOST_WILDCARDS} repeated wildcards"
    if scan.choices > _MOST_CHOICES:
        return f"has more than {_MOST_CHOICES} signs `?` and `|`"
    return None


@dataclass(slots=True)
class _Scan:
    """What is known of a regular expression, read from left to right.

    `branching` tells of each open group whether it can match in several ways.
    Digits that are repeated count as a wildcard only where they touch another
    repetition: else there is one way to tell them from what is around them.
    """

    branching: list[bool] = field(default_factory=lambda: [False])
    wildcards: int = 0
    choices: int = 0
    last: str = ""
    closed: bool = False
    touching: bool = False
    touched: bool = False

    def nests(self, kind: str) -> bool:
        """Take the next sign; tell whether it repeats what can branch."""
        nested = False
        match kind:
            case "open":
                self.branching.append(False)
            case "close" if len(self.branching) > 1:
                self.closed = self.branching.pop()
                self.branching[-1] |= self.closed
            case "either" | "maybe":
                self.branching[-1] = self.touching = True
                self.choices += 1
            case "repeat" | "times":
                nested = self.last == "close" and self.closed
                self._repeat(kind)
            case _:
                self.touched, self.touching = self.touching, False
        self.last = kind
        return nested

    def _repeat(self, kind: str) -> None:
        if kind == "times":
            return
        self.branching[-1] = True
        self.touching = True
        self.wildcards += self.last in {"wild", "close"} or self.touched
