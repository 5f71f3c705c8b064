"""Regular expressions of users for the versions in tags: `tag-pattern`."""

from __future__ import annotations

import re
import warnings
from typing import Final, Self

from imagelock.dataclass import dataclass, field
from imagelock.errors import ConfigurationError
from imagelock.model.tag_version import LONGEST, Version, numbers

_PARTS: Final = ("major", "minor", "patch")
_COMPARED: Final = frozenset({"version", "build", *_PARTS})
_GROUPS: Final = _COMPARED | {"compat", "prerelease"}
_LONGEST_PATTERN: Final = 500
_MOST_WILDCARDS: Final = 3
_MOST_CHOICES: Final = 10
_TOKEN: Final = re.compile(
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
    """A regular expression for whole tags, with named groups.

    `version`, or `major`, `minor` and `patch`, are the numbers that are compared
    first, then `build`. `compat` must stay the same, and `prerelease` marks a
    version that is not stable. The text outside of groups, such as a commit or a
    time, is ignored.
    """

    regex: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse *text*; groups may also be written `(?<name>…)`.

        Raises:
            ConfigurationError: *text* is not a regular expression, has an unknown
                group or no group to compare, or could match in exponential time.
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
            # Syntax that will change its meaning in a later Python is refused now.
            with warnings.catch_warnings(action="error"):
                regex = re.compile(_NAMED.sub(_python_form, text), re.ASCII)
        except (re.error, Warning, RecursionError, OverflowError) as error:
            raise ConfigurationError(
                f"{message} is not a regular expression: {error}"
            ) from None
        names = set(regex.groupindex)
        if unknown := sorted(names - _GROUPS):
            problem = f"has an unknown group `{unknown[0]}`"
        elif not names & _COMPARED:
            problem = "has no group to compare"
        else:
            return cls(regex)
        groups = ", ".join(f"`{name}`" for name in sorted(_GROUPS))
        raise ConfigurationError(
            f"{message} {problem}", hint=f"the groups are {groups}"
        )

    def version(self, tag: str) -> Version | None:
        """Return the version in *tag*; `None` if the pattern does not match it."""
        match = self.regex.fullmatch(tag) if len(tag) <= LONGEST else None
        if match is None:
            return None
        groups = {name: text or "" for name, text in match.groupdict().items()}
        release = numbers(groups.get("version", ""))
        if not groups.keys().isdisjoint(_PARTS):
            # A missing part is 0, so that a change of `patch` alone is of that level.
            parts = (numbers(groups.get(part, "")) or (0,) for part in _PARTS)
            release += tuple(number for part in parts for number in part)
        return Version(
            text=tag,
            flavour=(groups.get("compat", ""),),
            release=release,
            prerelease=groups.get("prerelease", "").lower(),
            build=numbers(groups.get("build", "")),
        )


def _python_form(match: re.Match[str]) -> str:
    return match[1] or "(?P<"


def _slow(text: str) -> str | None:
    """Return why the regular expression *text* could take forever, if it could.

    A repetition of a group that repeats or has alternatives can match in
    exponentially many ways, and so can many alternatives; many wildcards can in
    polynomially many.
    """
    scan = _Backtracking()
    for token in _TOKEN.finditer(text):
        if scan.nests(token.lastgroup or "literal"):
            return "repeats a group that itself repeats or has alternatives"
    if scan.wildcards > _MOST_WILDCARDS:
        return f"has more than {_MOST_WILDCARDS} repeated wildcards"
    if scan.choices > _MOST_CHOICES:
        return f"has more than {_MOST_CHOICES} `?` and `|`"
    return None


@dataclass(slots=True)
class _Backtracking:
    """The ways in which a regular expression can match, read from left to right.

    `branching` is, for each open group, whether it can match in several ways.
    Repeated digits count as a wildcard only next to another repetition: otherwise
    there is only one way to separate them from the text around them.
    """

    branching: list[bool] = field(default_factory=lambda: [False])
    wildcards: int = 0
    choices: int = 0
    last: str = ""
    closed: bool = False
    touching: bool = False
    touched: bool = False

    def nests(self, kind: str) -> bool:
        """Read the next token; return whether it repeats a group that can branch."""
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
