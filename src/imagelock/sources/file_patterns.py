"""Patterns of the names of files that a source may read."""

from __future__ import annotations

from functools import cached_property

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ANY_FOLDERS: Final = "/**/"

_Pieces = tuple[str, ...]
"""A name split at each `*`."""


@dataclass(frozen=True)
class FilePattern:
    """A pattern of a name (`*.tf`) or of the end of a path (`.circleci/**/*.yml`).

    `*` is any text in a name, and `**` any number of folders. Upper and lower case
    are the same, unless the pattern itself has an upper-case letter (`Chart.yaml`).
    """

    pattern: str

    @cached_property
    def steps(self) -> tuple[_Pieces, ...]:
        """The last steps of a path: all of the pattern, or what is behind `**`."""
        return _split(self.pattern.rpartition(_ANY_FOLDERS)[2])

    @cached_property
    def folders(self) -> tuple[_Pieces, ...]:
        """The steps before `**`, if it has one."""
        before = self.pattern.rpartition(_ANY_FOLDERS)[0]
        return _split(before) if before else ()

    @cached_property
    def is_exact(self) -> bool:
        """Whether upper and lower case differ."""
        return self.pattern != self.pattern.lower()

    @cached_property
    def literal(self) -> str:
        """The longest text, in lower case, that every such path has."""
        words = self.pattern.lower().replace("/", "*").split("*")
        return max((word.strip("._-") for word in words), key=len)

    def matches(self, parts: Sequence[str], lower: Sequence[str]) -> bool:
        """Return whether a path has this pattern: its *parts*, and those in *lower*."""
        names = parts if self.is_exact else lower
        start = len(names) - len(self.steps)
        if start < 0 or not all(map(is_like, names[start:], self.steps)):
            return False
        length = len(self.folders)
        return not length or any(
            all(map(is_like, names[at : at + length], self.folders))
            for at in range(start - length + 1)
        )

    def may_end(self, suffix: str) -> bool:
        """Return whether a name with this pattern can have *suffix*, in lower case."""
        last = self.pattern.rpartition("/")[2].lower()
        tail = last.rpartition("*")[2]
        if "." in tail or "*" not in last:
            return suffix_of(tail) == suffix
        # The last dot may be before the tail, in the text that `*` stands for.
        return suffix.endswith(tail) or not suffix

    def is_suffix(self, suffix: str) -> bool:
        """Return whether every name with *suffix* has this pattern."""
        return self.pattern in {"*", f"*{suffix}"}


def is_like(name: str, pieces: _Pieces) -> bool:
    """Return whether *name* is *pieces* with any text between them."""
    head, tail = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return name == head
    at, end = len(head), len(name) - len(tail)
    if end < at or not (name.startswith(head) and name.endswith(tail)):
        return False
    for piece in pieces[1:-1]:
        if (start := name.find(piece, at, end)) < 0:
            return False
        at = start + len(piece)
    return True


def _split(path: str) -> tuple[_Pieces, ...]:
    return tuple(tuple(step.split("*")) for step in path.split("/"))


def expand(pattern: str) -> Iterator[str]:
    """Yield *pattern* with each choice of the alternatives in its braces."""
    before, brace, behind = pattern.partition("{")
    if not brace:
        yield pattern
        return
    alternatives, _, after = behind.partition("}")
    tails = tuple(expand(after))
    for alternative in alternatives.split(","):
        yield from (f"{before}{alternative}{tail}" for tail in tails)


def suffix_of(name: str) -> str:
    """Return what is behind the last dot of *name*, with the dot; empty without."""
    return name[at:] if (at := name.rfind(".")) >= 0 else ""
