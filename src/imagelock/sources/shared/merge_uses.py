"""Merge findings of one image at one place: one finding with all of its uses.

YAML aliases, merge keys, includes and local values all let many parts of a file
use an image that is written once.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence
from imagelock.syntax.yaml_json.paths import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Reason
    from imagelock.model.reference import Reference
    from imagelock.model.span import Span
    from imagelock.syntax.yaml_json.paths import NodeRef

MOST_USES: Final = 100
"""How many uses of one image are kept: aliases can make any number of them."""

_Key = tuple["PurePosixPath", "Span", "Reference | Reason"]


def merge_uses(findings: Iterable[Found], most: int = MOST_USES) -> list[Found]:
    """Return *findings* without repetitions, in the order of first appearance.

    Those with the same file, span, and reference (or reason, if skipped) become
    the first of them, with the *most* first distinct uses of all of them.
    """
    first: dict[_Key, Found] = {}
    uses: dict[_Key, dict[str, None]] = {}
    for finding in findings:
        key = finding.place.path, finding.place.span, meaning_of(finding)
        first.setdefault(key, finding)
        of_key = uses.setdefault(key, {})
        if len(of_key) < most:
            of_key.update(dict.fromkeys(finding.place.uses))
    return [
        with_uses(finding, islice(uses[key], most)) for key, finding in first.items()
    ]


def without_repetitions(findings: Iterable[Found]) -> Iterator[Found]:
    """Yield *findings* that repeat no earlier one, as they are: uses are not merged.

    Two repeat each other if `merge_uses` would merge them.
    """
    seen: set[_Key] = set()
    for finding in findings:
        key = finding.place.path, finding.place.span, meaning_of(finding)
        if key not in seen:
            seen.add(key)
            yield finding


def meaning_of(finding: Found) -> Reference | Reason:
    """Return the reference of an occurrence, or why something is skipped."""
    return finding.reference if isinstance(finding, Occurrence) else finding.reason


def with_uses(finding: Found, uses: Iterable[str]) -> Found:
    """Return *finding* with other uses, unless they are the ones it has."""
    uses = tuple(uses)
    if uses == finding.place.uses:
        return finding
    return replace(finding, place=replace(finding.place, uses=uses))


def uses_of(nodes: Iterable[NodeRef]) -> tuple[str, ...]:
    """Return the distinct paths of the first `MOST_USES` of *nodes*, as uses.

    For one node that was reached in several ways: classify it once, and give the
    result these uses.
    """
    return tuple(dict.fromkeys(dotted(at.path) for at in islice(nodes, MOST_USES)))
