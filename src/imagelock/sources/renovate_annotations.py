"""Comments that tell Renovate which image a version belongs to.

    # renovate: datasource=docker depName=docker.io/library/node versioning=docker
    ENV NODE_VERSION=20.11.1

https://docs.renovatebot.com/modules/manager/regex/#advanced-capture
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import DigestSlot, Occurrence, Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.comments import OPENING, CommentedLines, is_comment
from imagelock.sources.shared.source_file import SourceFile, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text

FORMAT: Final = "match"
_USE: Final = "renovate"
_COMMENT: Final = re.compile(
    rf"{OPENING}[ \t]*+renovate:[ \t]*+(?P<settings>[^\r\n]*+)"
)
_SETTING: Final = re.compile(r"(?P<name>[A-Za-z]++)=(?P<value>[^\s,]++)")
_VALUE: Final = re.compile(
    r"[ \t]*+(?:-[ \t]++)?(?:(?:ENV|ARG|export|readonly|local|declare|set|const|let|var"
    r"|val|def)[ \t]++)*+[\"']?[\w.-]++[\"']?"
    r"(?:[ \t]*+(?:[:?+]{0,3}=|:)[ \t]*+|[ \t]++)"
    r"(?P<value>\"[^\"\n]*+\"|'[^'\n]*+'|[^\s\"',;]++)"
)
_DEFAULT: Final = re.compile(r"\$\{\w++:?[-=](?P<value>[^${}\s]++)\}")
_VERSION: Final = re.compile(r"[\w][\w.-]*+(?:@sha256:[a-f0-9]{64})?")
ALONE: Final = (
    "only its tag is written there, and whether a digest may follow that is not known"
)


def find(path: PurePosixPath, text: Text) -> Iterator[Found]:
    """Yield the image of each comment with `datasource=docker`."""
    file = SourceFile(path=path, text=text, format=FORMAT)
    lines = CommentedLines(text)
    if "renovate:" not in text.value:
        return
    for comment in _COMMENT.finditer(text.value):
        pairs = _SETTING.finditer(comment["settings"])
        settings = {pair["name"]: pair["value"] for pair in pairs}
        is_docker = settings.get("datasource") == "docker"
        if is_docker and is_comment(comment["opening"], path.suffix.lower()):
            subject = lines.subject(comment.start())
            yield _annotated(file, comment, settings, subject)


def _annotated(
    file: SourceFile,
    comment: re.Match[str],
    settings: Mapping[str, str],
    subject: tuple[int, int],
) -> Found:
    name = settings.get("packageName") or settings.get("depName")
    extent = _value(file.text.value, *subject)
    if name is None or extent is None:
        place = file.place_of(*comment.span(), _USE)
        missing = "`depName`" if name is None else "version on this or the next line"
        detail = f"{quoted(comment[0])}: there is no {missing}"
        return Skipped(place=place, reason=Reason.INVALID, detail=detail)
    place = file.place_of(*extent, _USE)
    if "$" in place.text or "{{" in place.text:
        detail = f"{quoted(place.text)}: {Reason.VARIABLE.sentence}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    if pattern := settings.get("extractVersion"):
        detail = (
            f"{quoted(place.text)}: `extractVersion={pattern}` makes it out of a tag"
        )
        return Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)
    host = settings.get("registryUrl", "").partition("://")[2].strip("/")
    if host and not name.startswith(f"{host}/"):
        name = f"{host}/{name}"
    return _image(file, place, extent, name)


def _value(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the range of the value in a line: behind `NAME=`, `NAME:` or `ENV NAME`."""
    match = _VALUE.match(text, start, end)
    if match is None:
        return None
    first, last = match.span("value")
    if text[first] in "\"'":
        first, last = first + 1, last - 1
    if default := _DEFAULT.fullmatch(text, first, last):
        return default.span("value")
    return (first, last) if first < last else None


def _image(file: SourceFile, place: Place, extent: tuple[int, int], name: str) -> Found:
    """Return the value at *place* as a version of *name*, or as the whole reference."""
    whole = classify(place.text, place)
    if not _VERSION.fullmatch(place.text) or place.text.startswith("sha256:"):
        return whole
    found = classify(f"{name}:{place.text}", place)
    if not isinstance(found, Occurrence):
        return found
    start, end = extent
    tag, at, _ = place.text.partition("@")
    behind = start + len(tag)
    slot = DigestSlot(file.text.span(behind, end), "@{digest}") if at else None
    tag_span = file.text.span(start, behind)
    return replace(
        found, slot=slot, tag=tag_span, unpinnable_reason=None if slot else ALONE
    )
