"""The documents of a YAML or JSON file, valid and broken, in order."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.yaml_json import block_yaml, json_tokens, templates, yaml_events
from imagelock.syntax.yaml_json.builder import Builder, MalformedError
from imagelock.syntax.yaml_json.line_scalars import UnusualError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

_LOOKS_LIKE_JSON: Final = re.compile(r"[ \t\r\n]*+[{\[]")
_BLANK: Final = ("", " ", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Broken:
    """A document that does not parse.

    `start` and `end` are the character offsets of the problem, up to the end of its
    line; `detail` is the message of the parser, in one line. `template` is whether
    the document has actions of a template, which explains the problem. `extent` is
    the range of the whole document.
    """

    start: int
    end: int
    detail: str
    template: bool
    extent: tuple[int, int]


def documents(
    text: Text, without: Callable[[str], bool] | None = None
) -> Iterator[Node | Broken]:
    """Yield each non-empty document of *text*, or why it cannot be read.

    A broken document does not hide the others: if the stream as a whole does not
    parse, each part between lines that begin with `---` is read by itself. Nothing
    is raised. A part of YAML that is to be *without* is passed over unread, which
    takes a tenth of the time.
    """
    if _LOOKS_LIKE_JSON.match(text.value):
        try:
            yield from list(json_tokens.parse(text.value, Builder()))
        except MalformedError:
            # YAML in flow style looks alike.
            pass
        else:
            return
    source = yaml_events.clean(text.value)
    if without is not None:
        yield from _parts(source, without)
        return
    try:
        yield from _parsed(source, Builder(), 0, len(source))
    except MalformedError:
        yield from _parts(source)


def _parsed(source: str, builder: Builder, start: int, end: int) -> list[Node]:
    """Return the documents from *start* to *end*, or what they may be in a template.

    A template in comments, and one with keys such as `{{ name }}`, is YAML by accident.

    Raises:
        MalformedError: it is not YAML.
    """
    part = source[start:end]
    if templates.is_in_comments(part):
        with suppress(MalformedError):
            masked = templates.mask_comments(part)
            return _rendered(masked, part, builder, start)
    nodes = _roots(source, builder, start, end)
    if builder.has_complex_keys and templates.has_actions(part):
        with suppress(MalformedError):
            masked = templates.mask_actions(part)
            return _rendered(masked, part, builder, start)
    return nodes


def _roots(source: str, builder: Builder, start: int, end: int) -> list[Node]:
    """Return the documents from *start* to *end*, which are no template.

    Raises:
        MalformedError: it is not YAML.
    """
    part = source[start:end]
    if not block_yaml.is_usual(part):
        return list(yaml_events.parse(part, builder, start))
    roots: list[Node] = []
    for first, last in _extents(source, start, end):
        try:
            root = block_yaml.read_document(source, first, last, builder)
        except UnusualError:
            roots += yaml_events.parse(source[first:last], builder, first)
        else:
            roots += [] if root is None else [root]
    return roots


def _extents(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each document between lines with `---`."""
    at = start
    while (marker := source.find("\n---", at, end)) >= 0:
        at = marker + 1
        if source[at + 3 : at + 4] in _BLANK:
            yield start, at
            start = at
    yield start, end


def _rendered(masked: str, source: str, builder: Builder, offset: int) -> list[Node]:
    """Return what the documents of a template may be, whose *masked* text is YAML.

    Raises:
        MalformedError: it is not YAML.
    """
    roots = list(yaml_events.parse(masked, builder, offset))
    return [
        variant
        for root in roots
        for variant in templates.variants(root, masked, source, offset)
    ]


def with_comments(text: Text) -> Iterator[Node | Broken]:
    """Yield the document of *text*, JSON with comments, or why it cannot be read.

    YAML is not tried: to YAML, `// comment` and the next lines are one long text.
    """
    try:
        yield from list(
            json_tokens.parse(text.value, Builder(), json_tokens.WITH_COMMENTS)
        )
    except MalformedError as error:
        start, end = _rest_of_line(text.value, min(error.index, len(text.value)))
        template = templates.has_actions(text.value)
        extent = 0, len(text.value)
        yield Broken(start, end, str(error), template, extent)


def _parts(
    source: str, without: Callable[[str], bool] | None = None
) -> Iterator[Node | Broken]:
    builder = Builder()
    for start, end in _extents(source, 0, len(source)):
        part = source[start:end]
        if _is_only_directives(part) or (without and without(part)):
            continue
        try:
            yield from _parsed(source, builder, start, end)
        except MalformedError as error:
            if (repaired := _repaired(part, builder, start)) is not None:
                yield from repaired
                continue
            at, until = _rest_of_line(part, error.index - start)
            template = templates.has_actions(part)
            problem = start + at, start + until
            yield Broken(*problem, str(error), template, (start, end))


def _repaired(part: str, builder: Builder, offset: int) -> list[Node] | None:
    """Return the documents of *part* as other programs read it.

    It may be a template, or have what go-yaml reads and libyaml does not.
    """
    is_template = templates.has_actions(part)
    masked = templates.mask_actions(part) if is_template else part
    masked = templates.mask_colons(masked)
    if masked == part:
        return None
    try:
        if is_template:
            return _rendered(masked, part, builder, offset)
        roots = list(yaml_events.parse(masked, builder, offset))
    except MalformedError:
        return None
    return [templates.unmasked(root, masked, part, offset) for root in roots]


def _is_only_directives(part: str) -> bool:
    """Return whether *part* has only comments and directives."""
    lines = (line.lstrip() for line in part.split("\n"))
    return all(not line or line[0] in "#%" for line in lines)


def _rest_of_line(part: str, index: int) -> tuple[int, int]:
    """Return the range of the line from *index* on, or of the last line."""
    part = part.rstrip()
    if index >= len(part):
        index = part.rfind("\n") + 1
    end = part.find("\n", index)
    line = part[index : len(part) if end < 0 else end]
    return index, index + len(line.rstrip())
