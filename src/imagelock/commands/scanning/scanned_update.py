"""An update with what a scanner says of its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.selection import places_of
from imagelock.dataclass import dataclass, field
from imagelock.model.finding import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imagelock.commands.lock_resolution import LockResult
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.scanning.difference import Difference
    from imagelock.scanning.vulnerability import VulnerabilitySeverity


@dataclass(frozen=True, slots=True)
class ChangeScan:
    """How to scan what an update changes.

    With `security`, only images move of which the new content fixes a vulnerability of
    this severity or a higher one.
    """

    security: VulnerabilitySeverity | None = None
    scanner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What new content of an image fixes and adds, or why that is not known.

    `is_empty` is whether the scanner knows no package in either.
    """

    difference: Difference | None = None
    is_empty: bool = False
    problem: str = ""
    hint: str | None = None

    @property
    def words(self) -> str:
        """A line about it."""
        if self.difference is None:
            return f"not compared: {self.problem}"
        if self.is_empty:
            return "not compared: the scanner knows no package in the image"
        return self.difference.words


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedUpdate:
    """An update with its comparisons; without the changes that `--security` leaves out.

    `kept` are the images that would have moved.
    """

    result: LockResult
    comparisons: Mapping[Reference, Comparison] = field(default_factory=dict)
    kept: frozenset[Reference] = frozenset()

    def findings(self, found: Sequence[Found]) -> Iterator[Finding]:
        """Yield a finding for each image whose new content adds vulnerabilities.

        *found* is everything that the files name.
        """
        rule = Rule.VULNERABILITY_ADDED
        places = places_of(found, self.comparisons)
        for key, comparison in self.comparisons.items():
            changed = comparison.difference
            if changed is None or not changed.added or not places.get(key):
                continue
            message = f"`{key.familiar}`: the new content {changed.words}"
            yield Finding.of_image(key, places[key], rule, message)
