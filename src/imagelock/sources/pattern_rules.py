"""Images in any text, found by a regular expression: `[[match]]` with `pattern`.

    (?P<image>…)                                the whole reference
    (?P<repository>…) with (?P<registry>…), (?P<tag>…), (?P<digest>…)

The expression is matched in time in proportion to the text (`LinearRegex`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import DigestSlot, Occurrence, Place, Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.linear_regex.nodes import PatternError
from imagelock.syntax.linear_regex.regex import LinearRegex, TooLongError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.linear_regex.regex import RegexMatch

FORMAT: Final = "match"
USE: Final = "pattern"
IMAGE: Final = "image"
PARTS: Final = ("registry", "repository", "tag", "digest")
_LIMIT: Final = 5_000_000
"""Steps in one file, which take a few seconds."""
_LONGEST: Final = 500
"""Characters of a reference: a name has 255, a tag 128, a digest 71."""
_DIGEST: Final = re.compile("@sha256:[a-f0-9]{64}(?![a-f0-9])")
_EXAMPLE: Final = "@sha256:" + 64 * "0"
_VARIABLE: Final = re.compile(r"\$|%\w+%|#\{|\{\w*\}")
_BLANK: Final = " \t\r\n"
REFUSED: Final = "the pattern does not match a tag with a digest"
ALONE: Final = "its tag stands alone: add a group `digest` to the pattern for the place of a digest"

_MORE: Final = re.compile(r"[:@/]?\w")
_END: Final = r"let the group end where the reference does: `(?P<image>[\w./:@-]+)`"

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternRule:
    """A *pattern* for files; `unpinnable` is why no digest can be written in them."""

    pattern: str
    use: str = USE
    unpinnable: str | None = None


def check_pattern(text: str) -> str:
    """Return *text* if it is a pattern with the groups of an image.

    Raises:
        ValueError: it is not; the message says why, and where in it.
    """
    try:
        names = set(_regex(text).names)
    except PatternError as error:
        message = f"{error} (character {error.position + 1})"
        raise ValueError(message) from None
    if unknown := sorted(names - {IMAGE, *PARTS}):
        message = f"there is no group `{unknown[0]}`: use `image`, or `registry`,"
        raise ValueError(f"{message} `repository`, `tag` and `digest`")
    if IMAGE in names and len(names) > 1:
        message = "`image` is the whole reference, and needs no other group"
        raise ValueError(message)
    if not names & {IMAGE, "repository"}:
        message = (
            "it needs a group for the image: `(?P<image>…)` or `(?P<repository>…)`"
        )
        raise ValueError(message)
    return text


def find(path: PurePosixPath, text: Text, rule: PatternRule) -> Iterator[Found]:
    """Yield the images that *rule* matches in a file."""
    file = SourceFile(path=path, text=text, format=FORMAT)
    regex = _regex(rule.pattern)
    try:
        for match in regex.finditer(text.value, _LIMIT):
            if found := _found(file, regex, match, rule):
                yield found
    except TooLongError:
        yield Skipped(
            place=Place.of_file(path, FORMAT),
            reason=Reason.UNPARSEABLE,
            detail=f"the pattern {quoted(rule.pattern)} takes too long in this file",
            hint="begin it with a plain text that few lines have",
        )


@lru_cache(maxsize=64)
def _regex(pattern: str) -> LinearRegex:
    return LinearRegex.parse(pattern)


def _found(
    file: SourceFile, regex: LinearRegex, match: RegexMatch, rule: PatternRule
) -> Found | None:
    groups = {name: _trimmed(file, extent) for name, extent in match.groups.items()}
    main = groups.get(IMAGE, groups.get("repository"))
    if main is None or main[0] == main[1]:
        return _without_image(file, match, rule)
    whole = _whole(file, groups)
    if whole is not None:
        return _reference(file, regex, match, whole, rule)
    return _in_parts(file, groups, rule)


def _trimmed(file: SourceFile, extent: Range) -> Range:
    start, end = extent
    value = file.text.value[start:end]
    start += len(value) - len(value.lstrip(_BLANK))
    return start, max(start, start + len(value.strip(_BLANK)))


def _without_image(
    file: SourceFile, match: RegexMatch, rule: PatternRule
) -> Found | None:
    """Return a match whose group is empty as skipped, unless it has nothing to show."""
    start, end = match.start, min(match.end, match.start + _LONGEST)
    line_end = file.text.value.find("\n", start, end)
    place = file.trimmed_place((start, end if line_end < 0 else line_end), rule.use)
    if not place.text:
        return None
    detail = f"{quoted(place.text)}: the pattern matches, and no image is written there"
    return Skipped(place=place, reason=Reason.UNMATCHED, detail=detail)


def _whole(file: SourceFile, groups: dict[str, Range]) -> Range | None:
    """Return the range of the reference, if its parts follow each other as in one."""
    if IMAGE in groups:
        return groups[IMAGE]
    parts = [
        (n, groups[n]) for n in PARTS if n in groups and groups[n][0] < groups[n][1]
    ]
    text = file.text.value
    start, end = groups.get("digest", parts[-1][1])
    if start == end != parts[-1][1][1]:
        return None
    signs = {"repository": "/", "tag": ":", "digest": "@"}
    for (_, (_, end)), (name, (start, _)) in pairwise(parts):
        if text[end:start] != signs.get(name) and not (
            name == "digest" and start == end and text[start] == "@"
        ):
            return None
    return parts[0][1][0], parts[-1][1][1]


def _reference(
    file: SourceFile,
    regex: LinearRegex,
    match: RegexMatch,
    extent: Range,
    rule: PatternRule,
) -> Found:
    """Return the reference that is written at *extent*, with a digest behind that."""
    start, end = extent
    if digest := _DIGEST.match(file.text.value, end):
        end = digest.end()
    place = file.place_of(start, end, rule.use)
    if skipped := _no_reference(file, place, start, end):
        return skipped
    found = classify(place.text, place)
    if not isinstance(found, Occurrence):
        return found
    reason = rule.unpinnable
    if (
        not reason
        and not found.reference.digest
        and not _takes(file, regex, match, end)
    ):
        reason = REFUSED
    return replace(found, unpinnable_reason=reason)


def _no_reference(file: SourceFile, place: Place, start: int, end: int) -> Found | None:
    """Return *place* as skipped, if no reference can be written like that."""
    value, source = place.text, file.text.value
    if place.text == source[start:end] and _MORE.match(source, end):
        detail = f"{quoted(value)}: the group of the pattern ends in a reference"
        return Skipped(place=place, reason=Reason.INVALID, detail=detail, hint=_END)
    if len(value) > _LONGEST or "\n" in value:
        first = start + len(value[:_LONGEST].partition("\n")[0])
        detail = f"{quoted(value)}: the pattern matches {end - start} characters"
        return Skipped(
            place=file.trimmed_place((start, first), place.location),
            reason=Reason.INVALID,
            detail=f"{detail}, which are no reference",
            hint=_END,
        )
    if "{{" not in value and _VARIABLE.search(value):
        detail = f"{quoted(value)}: {Reason.VARIABLE.sentence}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    return None


def _takes(file: SourceFile, regex: LinearRegex, match: RegexMatch, end: int) -> bool:
    """Return whether the pattern would still match with a digest at *end*."""
    source = file.text.value
    first = source.rfind("\n", 0, match.start) + 1
    last = source.find("\n", max(match.end, end))
    last = len(source) if last < 0 else last
    # Lines of a megabyte are not copied for every match in them.
    first, last = max(first, match.start - _LONGEST), min(last, match.end + _LONGEST)
    line = source[first:end] + _EXAMPLE + source[end:last]
    name = IMAGE if IMAGE in match.groups else "repository"
    start = match.groups[name][0] - first
    try:
        return any(
            start == found.groups.get(name, (-1,))[0]
            for found in regex.finditer(line, _LIMIT // 100)
        )
    except TooLongError:
        return False


def _in_parts(file: SourceFile, groups: dict[str, Range], rule: PatternRule) -> Found:
    """Return the reference whose parts are written apart, at the place of its tag."""
    texts = {name: file.text.value[start:end] for name, (start, end) in groups.items()}
    tag, at, behind = texts.get("tag", "").partition("@")
    digest = (behind if at else texts.get("digest", "")).removeprefix("@")
    extent = groups["tag"] if tag else groups["repository"]
    place = file.place_of(*extent, rule.use)
    value = "/".join(filter(None, (texts.get("registry"), texts["repository"])))
    value += f":{tag}" if tag else ""
    if digest:
        value += f"@{digest if ':' in digest else f'sha256:{digest}'}"
    if skipped := _no_reference(file, replace(place, text=value), *extent):
        return replace(skipped, place=place)
    found = classify(value, place)
    if not isinstance(found, Occurrence):
        return found
    slot = _slot(file, groups, len(tag) if at else None)
    span = file.text.span(extent[0], extent[0] + len(tag)) if tag else None
    reason = rule.unpinnable or (None if slot else ALONE)
    return replace(found, slot=slot, tag=span, unpinnable_reason=reason)


def _slot(
    file: SourceFile, groups: dict[str, Range], tag_length: int | None
) -> DigestSlot | None:
    """Return the place of the digest: its group, or the end of a tag that has one."""
    if tag_length is not None:
        start, end = groups["tag"]
        return DigestSlot(file.text.span(start + tag_length, end), "@{digest}")
    if "digest" not in groups:
        return None
    start, end = groups["digest"]
    written, before = file.text.value[start:end], file.text.value[:start][-7:]
    ends = {groups[name][1] for name in ("tag", "repository") if name in groups}
    if written.startswith("@") or (not written and start in ends):
        template = "@{digest}"
    elif before == "sha256:" or (written and ":" not in written):
        template = "{hex}"
    else:
        template = "{digest}"
    return DigestSlot(file.text.span(start, end), template)
