"""The result of `fleet scan` as text for the terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from imagelock.report.fleet.as_text import (
    NamedProblem,
    familiar,
    problem_lines,
    repositories,
    short,
    some,
)
from imagelock.report.scans.as_text import (
    distinct_rows,
    scan_sentence,
    vulnerability_lines,
)
from imagelock.report.style import printable
from imagelock.scanning.counts import count_words, most_severe, worst_by_id
from imagelock.scanning.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.fleet.scan import FleetScan
    from imagelock.fleet.scans.stored_scans import ScannedPlatform
    from imagelock.report.style import Style
    from imagelock.scanning.vulnerability import Vulnerability

_NAMED: Final = 3
"""Vulnerabilities that are named where there may be hundreds."""


def format_fleet_scan(run: FleetScan, *, style: Style, everything: bool) -> str:
    """Return the vulnerable images and who locks them, the worst first, and a summary.

    With *everything*, all vulnerabilities and all repositories are shown.
    """
    images = [
        (rows, list(group))
        for _, group in _by_image(run)
        if (rows := distinct_rows(each.assessment for each in group))
    ]
    images.sort(key=lambda item: (-item[0][0].severity, -len(_names(item[1]))))
    lines: list[str] = []
    for rows, group in images:
        lines += _image_lines(rows, group, style, everything=everything)
    if lines:
        lines.append("")
    lines.append(style.wrap(scan_sentence(run.verdict)))
    return "".join(f"{line}\n" for line in lines)


def scan_failure_lines(run: FleetScan, *, everything: bool) -> Iterator[str]:
    """Yield a line for each reason why something could not be scanned, then the hints."""
    broken = [NamedProblem("", each.message, each.hint) for each in run.broken_reports]
    failed = [
        NamedProblem(_name(each), each.assessment.problem, each.assessment.hint)
        for each in run.platforms
        if each.assessment.outcome is Outcome.COULD_NOT_SCAN
    ]
    yield from problem_lines([*broken, *failed], everything=everything)


def _by_image(run: FleetScan) -> Iterator[tuple[str, list[ScannedPlatform]]]:
    """Yield each image that is locked with its platforms."""
    for (reference, _), group in groupby(
        run.platforms, key=lambda each: (each.reference, each.digest)
    ):
        yield reference, list(group)


def _image_lines(
    rows: Sequence[Vulnerability],
    group: Sequence[ScannedPlatform],
    style: Style,
    *,
    everything: bool,
) -> Iterator[str]:
    name, digest = familiar(group[0].reference), short(group[0].digest)
    worst = worst_by_id(rows)
    found = count_words(worst)
    if not everything:
        found += f": {printable(most_severe(worst, _NAMED))}"
    yield f"{style.bold(name)}  {digest}  {found}"
    names = [*map(printable, _names(group))]
    if not everything:
        yield f"  {repositories(len(names))}: {some(names)}"
        return
    yield from vulnerability_lines(rows, style)
    yield from (f"    {each}" for each in names)


def _names(group: Sequence[ScannedPlatform]) -> list[str]:
    """Return the repositories that lock a vulnerable one of *group*."""
    vulnerable = [each for each in group if each.assessment.vulnerabilities]
    return sorted({name for each in vulnerable for name in each.repositories})


def _name(each: ScannedPlatform) -> str:
    platform = each.assessment.locked.platform
    return familiar(each.reference) + (f" ({platform})" if platform else "")
