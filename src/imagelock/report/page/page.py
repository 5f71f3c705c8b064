"""Fill the page of the report."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from imagelock.model.finding import Severity
from imagelock.report.compare_links import compare_link, file_link, repository_url
from imagelock.report.facts import move_link
from imagelock.report.history import (
    MOVE_LABELS,
    other_reference,
    release_pair,
    standing,
)
from imagelock.report.image_pages import image_page
from imagelock.report.page.target import target
from imagelock.report.style import plural, printable
from imagelock.report.timeline_svg import TIMELINE_STYLE, timeline_picture
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imagelock.commands.report import ProjectReport, ReportedImage
    from imagelock.commands.timeline import Move
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Place

    LinkTo = Callable[[str, int], str | None]
    """Returns the URL of a line of a file of the project, if it is known."""

_TIME: Final = "%Y-%m-%d %H:%M UTC"
_REVISION: Final = 12


def page(report: ProjectReport) -> str:
    """Return *report* as an HTML document.

    Its policy (CSP 3) allows its own style and script by their hashes, and nothing else:
    whatever text of registries and files is in it, nothing is run, and nothing is loaded.
    """
    style = _resource("page.css") + TIMELINE_STYLE
    script = _resource("page.js")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["code"] = _with_code
    template = environment.from_string(_resource("page.html.jinja"))
    return template.render(
        name=printable(report.name),
        time=f"{report.time:{_TIME}}",
        version=__version__,
        style=Markup(style),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        policy=(
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
            " base-uri 'none'; form-action 'none'"
        ),
        **_content(report),
    )


def _content(report: ProjectReport) -> dict[str, Any]:
    checkout = report.checkout

    def link_to(path: str, line: int) -> str | None:
        if checkout is None:
            return None
        full = checkout.folder + path
        return file_link(checkout.remote, checkout.revision, full, line)

    images = [_image(each, report, link_to) for each in report.images]
    return {
        "commit": checkout.revision[:_REVISION] if checkout else None,
        "commit_url": compare_link(None, None, checkout.remote, checkout.revision)
        if checkout
        else None,
        "numbers": list(_numbers(report)),
        "notes": list(_notes(report)),
        "filters": list(_filters(images)),
        "findings": [_finding(finding, link_to) for finding in report.findings],
        "images": images,
        "target": target(report),
    }


def _numbers(report: ProjectReport) -> Iterator[tuple[int, str, str]]:
    """Yield what is counted: the number, its unit, and the class of its color."""
    yield len(report.images), "images", ""
    statuses = Counter(image.status for image in report.images)
    for status, label in (
        ("locked", "locked"),
        ("not-locked", "not locked"),
        ("unused", "unused"),
    ):
        if statuses[status]:
            yield statuses[status], label, status
    severities = Counter(finding.severity for finding in report.verdict.findings)
    for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE):
        if count := severities[severity]:
            yield count, plural(count, severity.word).partition(" ")[2], severity.word
    if report.history:
        moves = (len(each.timeline.moves) - 1 for each in report.history.images)
        yield sum(moves), "moves", ""


def _notes(report: ProjectReport) -> Iterator[str]:
    """Yield what the reader must know of what is not shown."""
    if not report.verdict.online:
        yield "Registries were not asked: whether tags have moved is not known."
    elif count := report.verdict.could_not_check:
        yield f"{plural(count, 'image')} could not be checked."
    past = report.history
    if past is None:
        yield "There is no history: the lockfile is in no commit."
        return
    if past.is_shallow:
        yield "The clone is shallow: older moves are missing."
    if past.unreadable:
        versions = plural(len(past.unreadable), "version")
        yield f"{versions} of the lockfile could not be read, and count as the ones before."


def _filters(images: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the filters that have more than one choice."""
    for name, label, key in (
        ("status", "Status", "status"),
        ("registry", "Registry", "registry"),
        ("format", "Format", "formats"),
        ("rule", "Rule", "rules"),
    ):
        choices = {value for image in images for value in image[key].split()}
        if len(choices) > 1 or (choices and name == "rule"):
            yield {"name": name, "label": label, "choices": sorted(choices)}


def _image(
    reported: ReportedImage, report: ProjectReport, link_to: LinkTo
) -> dict[str, Any]:
    image, history = reported.image, reported.history
    moves = history.timeline.moves if history else ()
    # An image that stands since it was added has nothing to draw.
    picture = (
        timeline_picture([history.timeline], [report.history.end])
        if history and report.history and len(moves) > 1
        else ""
    )
    return {
        "name": printable(reported.name),
        "registry": reported.registry,
        "status": reported.status,
        "formats": _words(place.format for place in reported.places),
        "rules": _words(finding.rule.slug for finding in reported.findings),
        "release": printable(image.release or "") if image else "",
        "moved": f"{moves[-1].commit.date:%Y-%m-%d}" if moves else "",
        "findings": [_finding(finding, link_to) for finding in reported.findings],
        "places": [_place(place, link_to) for place in reported.places],
        "digests": list(_digests(reported)),
        "page": image_page(reported.key) if reported.status != "not-locked" else None,
        "source": repository_url(image.source or "") if image else None,
        "timeline": Markup(picture),  # noqa: S704 - escaped where it is made
        "moves": [_move(move) for move in reversed(moves)] if len(moves) > 1 else [],
    }


def _digests(reported: ReportedImage) -> Iterator[tuple[str, str]]:
    image = reported.image
    if image is None:
        return
    yield "index" if image.is_index else "manifest", str(image.digest)
    if image.is_index:
        for manifest in image.platforms:
            yield str(manifest.platform), str(manifest.digest)


def _move(move: Move) -> dict[str, Any]:
    other = other_reference(move)
    return {
        "date": f"{move.commit.date:%Y-%m-%d}",
        "label": MOVE_LABELS[move.kind] + (f", {other}" if other else ""),
        "url": move_link(move),
        "digest": move.new.digest.abbreviated if move.new else "",
        "release": release_pair(move),
        "stood": standing(move),
        "commit": move.commit.revision[:_REVISION],
        "subject": printable(move.commit.subject),
    }


def _finding(finding: Finding, link_to: LinkTo) -> dict[str, Any]:
    line = finding.span.line if finding.span else 0
    path = str(finding.path)
    return {
        "rule": finding.rule.slug,
        "severity": finding.severity.word,
        "message": printable(finding.message),
        "hint": printable(finding.hint or ""),
        "place": _line(path, line, link_to),
    }


def _place(place: Place, link_to: LinkTo) -> dict[str, Any]:
    return _line(str(place.path), place.span.line, link_to)


def _line(path: str, line: int, link_to: LinkTo) -> dict[str, Any]:
    name = f"{path}:{line}" if line else path
    return {"name": printable(name), "url": link_to(path, line)}


def _with_code(text: str) -> Markup:
    """Return *text* escaped, with what is between backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    )


def _words(values: Iterable[str]) -> str:
    return " ".join(sorted(set(values)))


def _hash(text: str) -> str:
    """Return the source of a policy that allows *text* (CSP 3, `hash-source`)."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
