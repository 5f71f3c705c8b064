"""The page of `fleet report`: what is known of many repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.model.reference import Reference
from imagelock.report.fleet.as_text import familiar
from imagelock.report.page.document import render
from imagelock.report.page.fleet_size import fitting
from imagelock.report.page.fleet_tables import fleet_tables, images_by_severity
from imagelock.report.page.parts import REVISION, number, words
from imagelock.report.style import plural, printable
from imagelock.scanning.counts import severity_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagelock.fleet.report import FleetReport, ReportedRepository
    from imagelock.report.page.fleet_size import Fact
    from imagelock.report.page.parts import Chip, Number
    from imagelock.scanning.counts import WorstById
    from imagelock.scanning.vulnerability import VulnerabilitySeverity

_TIME: Final = "%Y-%m-%d %H:%M UTC"
_ORDERS: Final = (("", "name"), ("images", "images"))


def fleet_page(report: FleetReport) -> str:
    """Return *report* as an HTML document."""
    found = _found_by_repository(report)
    states = _states_by_repository(report)
    every = [
        _repository(each, found.get(each.name, {}), states.get(each.name, {}))
        for each in report.repositories
    ]
    repositories, left_out = fitting(every)
    return render(
        "fleet",
        title="Images of a fleet",
        items=repositories,
        item="repository",
        orders=_ORDERS,
        time=f"{report.time:{_TIME}}",
        numbers=list(_numbers(report)),
        notes=[*_notes(report), *left_out],
        tables=list(fleet_tables(report)),
        repositories=repositories,
    )


def _numbers(report: FleetReport) -> Iterator[Number]:
    counts = report.statistics.counts
    yield number(counts["repositories"], "repository")
    yield number(counts["lockfiles"], "lockfile")
    yield number(counts["references"], "reference")
    yield number(counts["digests"], "digest")
    if report.unreadable:
        yield len(report.unreadable), "could not be read", "error"
    if report.split:
        yield len(report.split), "split", "warning"
    if report.behind:
        yield len(report.behind.tags), "behind", "warning"
    if vulnerable := len(images_by_severity(report)):
        yield vulnerable, "vulnerable", "error"


def _notes(report: FleetReport) -> Iterator[str]:
    """Yield what the reader must know of what is not shown."""
    if oldest := report.statistics.oldest_read:
        yield f"Every repository that could be read was read at {oldest} or later."
    if report.behind is None:
        yield "Registries were not asked: whether tags have moved is not known."
    elif failed := len(report.behind.failures):
        yield f"Of {plural(failed, 'tag')} it is not known whether they have moved."
    if not report.scans:
        yield "Nothing was scanned: vulnerabilities are not known."
    elif report.unscanned:
        count = plural(report.unscanned, "manifest")
        yield f"{count} could not be scanned, or not yet: what is in them is not known."


def _found_by_repository(report: FleetReport) -> Mapping[str, WorstById]:
    """Return the vulnerabilities of each repository with their highest severities."""
    found: dict[str, dict[VulnerabilitySeverity, set[str]]] = {}
    for each in report.scans:
        names: dict[VulnerabilitySeverity, set[str]] = {}
        for row in each.assessment.vulnerabilities:
            names.setdefault(row.severity, set()).add(row.id)
        # Sets are united fast, and thousands of repositories share an image.
        for repository in each.repositories if names else ():
            own = found.setdefault(repository, {})
            for severity, ids in names.items():
                own.setdefault(severity, set()).update(ids)
    return {
        repository: {
            name: severity for severity in sorted(own) for name in own[severity]
        }
        for repository, own in found.items()
    }


def _states_by_repository(report: FleetReport) -> dict[str, dict[str, list[str]]]:
    """Return what each repository has of each state: reasons, or names of tags."""
    states: dict[str, dict[str, list[str]]] = {}

    def add(name: str, state: str, text: str) -> None:
        states.setdefault(name, {}).setdefault(state, []).append(text)

    for part in report.unreadable:
        about = f"`{printable(part.lockfile)}`: " if part.lockfile else ""
        add(part.repository, "unreadable", about + printable(part.reason))
    for state, tags in (
        ("split", report.split),
        ("behind", report.behind.tags if report.behind else ()),
    ):
        for tag in tags:
            for name in {n for each in tag.digests for n in each.repositories}:
                add(name, state, familiar(tag.reference))
    return states


def _repository(
    each: ReportedRepository, found: WorstById, states: dict[str, list[str]]
) -> dict[str, Any]:
    references = [name for names in each.lockfiles.values() for name in names]
    state = [*states, *(["vulnerable"] if found else [])]
    if not each.lockfiles and "unreadable" not in states:
        state.append("without-lockfile")
    return {
        "name": printable(each.name),
        "status": words(state),
        "severity": max(found.values()).word if found else "",
        "registry": words(Reference.parse(name).registry for name in references),
        "images": len(references),
        "chips": list(_chips(len(references), found, state)),
        "facts": list(_facts(each, states)),
    }


def _chips(images: int, found: WorstById, state: list[str]) -> Iterator[Chip]:
    yield plural(images, "image"), ""
    if found:
        yield severity_counts(found), "error"
    kinds = {"unreadable": "error", "split": "warning", "behind": "warning"}
    for name in state:
        if name != "vulnerable":
            yield name.replace("-", " "), kinds.get(name, "note")


def _facts(each: ReportedRepository, states: dict[str, list[str]]) -> Iterator[Fact]:
    labels = {"unreadable": "Not read", "split": "Split", "behind": "Behind"}
    for state, texts in states.items():
        yield labels[state], texts
    for path, references in each.lockfiles.items():
        yield printable(path), [*map(familiar, references)] or ["no image"]
    if each.read_at:
        commit = f", commit `{each.revision[:REVISION]}`" if each.revision else ""
        yield "Read", [f"{printable(each.read_at)}{printable(commit)}"]
