"""What is known of the image under the cursor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from lsprotocol.types import Hover, MarkupContent, MarkupKind, Range

from imagelock.errors import UnreadableFileError
from imagelock.project.registry_states import registry_states
from imagelock.report.markdown_text import escape_markdown, inline_code
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from lsprotocol.types import Position

    from imagelock.lsp.lookup import FileLookup
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Occurrence

_UNITS: Final = (("day", 24 * 3600), ("hour", 3600), ("minute", 60))
"""With their seconds."""


class _Style(NamedTuple):
    """How text of others, which may have code between backticks, and code are written."""

    text: Callable[[str], str]
    code: Callable[[str], str]
    title: str = "{}"


_MARKDOWN: Final = _Style(escape_markdown, inline_code, "**{}**\n")
_PLAIN: Final = _Style(printable, printable)


def hover(
    file: FileLookup, position: Position, *, is_markdown: bool = True
) -> Hover | None:
    """Return what to show at *position*; `None` where no image is."""
    style, kind = _MARKDOWN, MarkupKind.Markdown
    if not is_markdown:
        style, kind = _PLAIN, MarkupKind.PlainText
    for occurrence in file.occurrences_in(Range(position, position)):
        text = "\n".join(_lines(file, occurrence, style))
        place = file.spans.range(occurrence.place.span)
        return Hover(MarkupContent(kind, text), place)
    return None


def _lines(file: FileLookup, occurrence: Occurrence, style: _Style) -> Iterator[str]:
    key = occurrence.reference.key
    image = file.check.lockfile.images.get(key)
    name = occurrence.shown if image is None else key.familiar
    yield style.title.format(style.code(name))
    if image is None:
        yield "- not locked"
    else:
        yield f"- locked to {style.code(str(image.digest))}"
        if image.platforms:
            platforms = ", ".join(str(each.platform) for each in image.platforms)
            yield f"- for {style.text(platforms)}"
        if image.release:
            yield f"- release {style.code(image.release)}"
        if image.signer:
            yield f"- signed by {style.text(str(image.signer))}"
        yield from _at_registry(file, image, style)
        yield from _waiting(file, occurrence, style)
    for finding in file.findings_of(occurrence):
        yield f"- {finding.severity.word}: {style.text(finding.message)}"


def _at_registry(file: FileLookup, image: Image, style: _Style) -> Iterator[str]:
    """Yield what `verify` found when it last asked the registry about what is locked."""
    state = registry_states(file.project).get(str(image.reference))
    if state is None or state.digest != image.digest:
        return
    age = _ago(datetime.now(UTC) - state.time)
    if not state.rules:
        yield f"- no drift when `verify` asked the registry {age}"
        return
    rules = ", ".join(style.code(rule.slug) for rule in state.rules)
    moved = state.moved_to
    digest = f": the tag stood for {style.code(moved.abbreviated)}" if moved else ""
    yield f"- {rules} when `verify` asked the registry {age}{digest}"


def _ago(age: timedelta) -> str:
    """Return *age* in its largest unit; a clock that was put back counts as no time."""
    seconds = max(int(age.total_seconds()), 0)
    for unit, length in _UNITS:
        if number := seconds // length:
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "less than a minute ago"


def _waiting(file: FileLookup, occurrence: Occurrence, style: _Style) -> Iterator[str]:
    """Yield the digests that `update` saw and did not lock yet, with their age."""
    try:
        sightings = file.project.sightings().get(occurrence.reference.key, ())
    except UnreadableFileError as error:
        yield f"- {style.text(str(error))}"
        return
    now = datetime.now(UTC)
    for sighting in sightings:
        days = (now - sighting.since).days
        digest = style.code(sighting.digest.abbreviated)
        yield f"- the tag has moved to {digest}, which `update` saw {days} days ago"
