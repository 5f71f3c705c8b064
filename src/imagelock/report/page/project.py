"""The page of `report`: the state of a project."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from imagelock.errors import RegistryError
from imagelock.model.finding import Rule
from imagelock.model.tag_version import Level
from imagelock.report.compare_links import compare_link, file_link, repository_url
from imagelock.report.image_pages import image_page
from imagelock.report.page.document import render
from imagelock.report.page.parts import (
    REVISION,
    finding_part,
    history_gaps,
    move_part,
    number,
    place_part,
    severity_numbers,
    timeline_chips,
    words,
)
from imagelock.report.page.scans import (
    scan_chips,
    scan_facts,
    scan_notes,
    scan_rows,
)
from imagelock.report.page.target import target
from imagelock.report.style import plural, printable
from imagelock.report.timeline_svg import timeline_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.commands.history.report import ProjectReport, ReportedImage
    from imagelock.report.page.parts import Chip, LinkTo, Number

_TIME: Final = "%Y-%m-%d %H:%M UTC"
_ORDERS: Final = (
    ("", "name"),
    ("moved", "last move"),
    ("findings", "findings"),
)


def project_page(report: ProjectReport) -> str:
    """Return *report* as an HTML document."""
    link_to = _linker(report)
    # By the names that are shown, of which those of Docker Hub are short.
    in_order = sorted(report.images, key=lambda each: each.name)
    images = [_image(each, report, link_to) for each in in_order]
    checkout = report.checkout
    return render(
        "project",
        title=f"Images of {report.name}",
        items=images,
        item="image",
        orders=_ORDERS,
        time=f"{report.time:{_TIME}}",
        commit=checkout.revision[:REVISION] if checkout else None,
        commit_url=compare_link(None, None, checkout.remote, checkout.revision)
        if checkout
        else None,
        numbers=list(_numbers(report)),
        notes=list(_notes(report)),
        findings=[finding_part(finding, link_to) for finding in report.findings],
        images=images,
        target=target(report),
    )


def _linker(report: ProjectReport) -> LinkTo:
    checkout = report.checkout

    def link_to(path: str, line: int) -> str | None:
        if checkout is None:
            return None
        full = checkout.folder + path
        return file_link(checkout.remote, checkout.revision, full, line)

    return link_to


def _numbers(report: ProjectReport) -> Iterator[Number]:
    yield number(len(report.images), "image")
    statuses = Counter(image.status for image in report.images)
    for status, label in (
        ("locked", "locked"),
        ("not-locked", "not locked"),
        ("unused", "unused"),
    ):
        if statuses[status]:
            yield statuses[status], label, status
    drifted = sum(
        any(finding.rule is Rule.DRIFT for finding in image.findings)
        for image in report.images
    )
    if drifted:
        yield drifted, "drifted", "error"
    yield from severity_numbers(report.all_findings)
    if report.history:
        moves = sum(len(each.timeline.moves) - 1 for each in report.history.images)
        yield number(moves, "move")


def _notes(report: ProjectReport) -> Iterator[str]:
    """Yield what the reader must know of what is not shown."""
    if not report.verdict.online:
        yield "Registries were not asked: whether tags have moved is not known."
    elif count := report.verdict.could_not_check:
        yield f"{plural(count, 'image')} could not be checked."
    if report.outdated and (count := len(report.outdated.failures)):
        yield f"Newer tags of {plural(count, 'image')} are not known."
    if report.scan:
        yield from scan_notes(report.scan)
    if report.history is None:
        yield "There is no history: the lockfile is in no commit."
    else:
        yield from history_gaps(report.history)


def _image(
    reported: ReportedImage, report: ProjectReport, link_to: LinkTo
) -> dict[str, Any]:
    image, history = reported.image, reported.history
    moves = history.timeline.moves if history else ()
    # An image that stands since it was added has nothing to draw.
    picture = (
        timeline_picture([history.timeline], [report.history.end], named=False)
        if history and report.history and len(moves) > 1
        else ""
    )
    return {
        "name": printable(reported.name),
        "registry": reported.registry,
        "status": reported.status,
        "format": words(place.format for place in reported.places),
        "rule": words(finding.rule.slug for finding in reported.findings),
        "moved": f"{moves[-1].commit.date:%Y-%m-%d}" if moves else "",
        "chips": list(_chips(reported)),
        "findings": [finding_part(finding, link_to) for finding in reported.findings],
        "places": [place_part(p.path, p.span, link_to) for p in reported.places],
        "digests": list(_digests(reported)),
        "page": image_page(reported.key) if reported.status != "not-locked" else None,
        "source": repository_url(image.source or "") if image else None,
        "facts": list(_facts(reported)),
        "vulnerabilities": scan_rows(reported.scans),
        "timeline": Markup(picture),  # noqa: S704 - escaped where it is made
        "moves": [move_part(move) for move in reversed(moves)]
        if len(moves) > 1
        else [],
    }


def _chips(reported: ReportedImage) -> Iterator[Chip]:
    if reported.image and reported.image.release:
        yield printable(reported.image.release), ""
    if reported.history:
        yield from timeline_chips(reported.history.timeline)
    if newest := _newest(reported):
        yield f"{newest} available", "news"
    yield from scan_chips(reported.scans)
    if findings := reported.findings:
        worst = max(finding.severity for finding in findings)
        yield plural(len(findings), "finding"), worst.word
    yield reported.status.replace("-", " "), reported.status


def _newest(reported: ReportedImage) -> str:
    tags = reported.tags
    if tags is None or isinstance(tags, RegistryError):
        return ""
    return printable(tags.newest.of(Level.MAJOR) or "")


def _facts(reported: ReportedImage) -> Iterator[tuple[str, str]]:
    """Yield what was asked for, and recorded, besides the digests."""
    tags = reported.tags
    if isinstance(tags, RegistryError):
        yield "Newer tags", f"not known: {printable(str(tags))}"
    elif tags:
        newer = {tags.newest.of(level): level.value for level in reversed(Level)}
        listed = [f"`{printable(t)}` ({level})" for t, level in newer.items() if t]
        hint = printable(tags.hint or "none")
        yield "Newer tags", ", ".join(listed) or hint
    if reported.image and reported.image.signer:
        yield "Signed by", f"`{printable(str(reported.image.signer))}`"
    yield from scan_facts(reported.scans)


def _digests(reported: ReportedImage) -> Iterator[tuple[str, str]]:
    image = reported.image
    if image is None:
        return
    yield "index" if image.is_index else "manifest", str(image.digest)
    if image.is_index:
        for manifest in image.platforms:
            yield str(manifest.platform), str(manifest.digest)
