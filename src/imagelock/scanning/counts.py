"""Vulnerabilities in few words: how many of which severity."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imagelock.scanning.vulnerability import Vulnerability

    WorstById = Mapping[str, VulnerabilitySeverity]
    """Vulnerabilities, each with its highest severity in any package."""


def worst_by_id(rows: Iterable[Vulnerability]) -> dict[str, VulnerabilitySeverity]:
    """Return each vulnerability in *rows* once, with its highest severity."""
    worst: dict[str, VulnerabilitySeverity] = {}
    for row in rows:
        worst[row.id] = max(row.severity, worst.get(row.id, row.severity))
    return worst


def severity_counts(worst: WorstById) -> str:
    """Return how many there are of each severity: `1 critical, 4 high`."""
    counts = Counter(worst.values())
    return ", ".join(
        f"{counts[severity]} {severity.word}"
        for severity in sorted(VulnerabilitySeverity, reverse=True)
        if counts[severity]
    )


def count_words(worst: WorstById) -> str:
    """Return `1 critical vulnerability`, or `5 vulnerabilities (1 critical, 4 high)`."""
    if len(worst) == 1:
        (severity,) = worst.values()
        return f"1 {severity.word} vulnerability"
    if len(set(worst.values())) == 1:
        return f"{severity_counts(worst)} vulnerabilities"
    return f"{len(worst)} vulnerabilities ({severity_counts(worst)})"


def by_severity(worst: WorstById) -> list[str]:
    """Return the names in *worst*, the most severe first."""
    return sorted(worst, key=lambda name: (-worst[name], name))


def most_severe(worst: WorstById, count: int) -> str:
    """Return the names of the *count* most severe, and how many there are besides."""
    names = by_severity(worst)
    more = len(names) - count
    shown = ", ".join(names[:count])
    return f"{shown} and {more} more" if more > 0 else shown
