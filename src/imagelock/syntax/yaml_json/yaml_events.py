"""Parse YAML with the events of libyaml, which have the position of everything.

Events, because the composer of PyYAML refuses duplicate anchors, which YAML
allows, and its constructors fail on tags such as `!reset` and on `{{ x }}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from imagelock.syntax.yaml_json.builder import (
    DEEPEST,
    Builder,
    MalformedError,
    too_deep,
)
from imagelock.syntax.yaml_json.line_scalars import NULLS
from imagelock.syntax.yaml_json.tree import Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Loader = type[yaml.CSafeLoader | yaml.SafeLoader]

FASTEST: Final[Loader] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_ENDS: Final = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})
_LIBYAML_DEEPEST: Final = 1000
_NULLS: Final = NULLS | {""}
_RESET: Final = "!reset"
"""The tag that removes a value of another Compose file."""
_BLANK: Final = " \t\r\n\x85\u2028\u2029"
_PROPERTY: Final = re.compile(
    rf"[&!][^{_BLANK}]*(?:[{_BLANK}]|(?<=[{_BLANK}])#[^\r\n]*)*"
)
_HEADER: Final = re.compile(rf"[|>][^\r\n{_BLANK[4:]}]*")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_VISIBLE: Final = bytes(i for i in range(127) if not _CONTROL.match(chr(i)))
_NO_CHARACTER: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Replace, one for one, the characters that YAML parsers refuse.

    Control characters become blanks, and lone surrogates, which stand for bytes
    that are not UTF-8, become U+FFFD. A byte order mark at the start becomes a line
    break, because libyaml does not count it in its offsets.
    """
    if text.startswith("\ufeff"):
        text = f"\n{text[1:]}"
    if text.isascii():
        # Most files have none of these, which is known ten times as fast.
        has_none = not text.encode().translate(None, delete=_VISIBLE)
        return text if has_none else _CONTROL.sub(" ", text)
    return _NO_CHARACTER.sub("\ufffd", _CONTROL.sub(" ", text))


def parse(
    source: str, builder: Builder, offset: int = 0, loader: Loader = FASTEST
) -> Iterator[Node]:
    """Yield the non-empty documents of *source*, which has gone through `clean`.

    *offset* is the start of *source* in the whole text, in characters; positions of
    nodes count from the start of the text.

    Raises:
        MalformedError: the text from there on is not YAML.
    """
    parser = loader(source)
    try:
        yield from _documents(parser.get_event, source, builder, offset)
    except yaml.YAMLError as error:
        builder.discard()
        raise _malformed(error, source, offset) from error
    except MalformedError:
        builder.discard()
        raise


def _documents(
    get_event: Callable[[], Any], source: str, builder: Builder, offset: int
) -> Iterator[Node]:
    """Pass each event to *builder*; this loop decides how fast files are read."""
    last = offset
    while event := get_event():
        kind = type(event)
        start = event.start_mark.index + offset
        end = event.end_mark.index + offset
        if kind is yaml.ScalarEvent:
            scalar = _scalar(event, source, start, end, offset)
            builder.scalar(scalar, event.anchor)
            last = scalar.end if scalar.block else end
        elif kind is yaml.MappingStartEvent:
            builder.open_mapping(start, event.anchor, event.tag)
        elif kind is yaml.SequenceStartEvent:
            builder.open_sequence(start, event.anchor, event.tag)
        elif kind in _ENDS:
            # In block style the event is at the next token, however far away.
            last = last if start == end else end
            builder.close(last)
        elif kind is yaml.AliasEvent:
            last = end
            builder.alias(event.anchor, start, end)
        elif kind is yaml.DocumentEndEvent and (node := builder.take()):
            yield node


def _scalar(
    event: yaml.ScalarEvent, source: str, start: int, end: int, offset: int
) -> Scalar:
    if event.anchor is not None or event.tag is not None:
        start = offset + _after_properties(source, start - offset, end - offset)
    style = event.style
    if not style:
        null = event.tag == _RESET or (event.value in _NULLS and event.implicit[0])
        return Scalar(event.value, start, end, null, tag=event.tag)
    if style in "'\"":
        return Scalar(event.value, start + 1, end - 1, tag=event.tag)
    start, end = _block(source, start - offset, end - offset)
    return Scalar(event.value, start + offset, end + offset, block=True, tag=event.tag)


def _after_properties(source: str, start: int, end: int) -> int:
    """Return the start of the content after an anchor, a tag and comments."""
    while start < end and (match := _PROPERTY.match(source, start, end)):
        start = match.end()
    return start


def _block(source: str, start: int, end: int) -> tuple[int, int]:
    """Return the range from the first to the last visible character of a block."""
    header = _HEADER.match(source, start, end)
    start = header.end() if header else start
    content = source[start:end]
    end = start + len(content.rstrip(_BLANK))
    return min(end, start + len(content) - len(content.lstrip(_BLANK))), end


def _malformed(error: yaml.YAMLError, source: str, offset: int) -> MalformedError:
    """Return the problem in the parser's words, on one line, with its position."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return MalformedError(" ".join(str(error).split()), offset)
    index = error.problem_mark.index
    if "nesting depth" in (error.problem or ""):
        return too_deep(_outermost_too_deep(source, index) + offset)
    if error.context_mark and not source[index:].strip():
        # For something that is never closed, its start is more helpful.
        index = error.context_mark.index
    if source[index : index + 1] == "\t" and "any token" in (error.problem or ""):
        message = "a tab, where YAML is indented with spaces"
        return MalformedError(message, index + offset)
    words = f"{error.problem or ''} {error.context or ''}".split()
    return MalformedError(" ".join(words).rstrip("."), index + offset)


def _outermost_too_deep(source: str, index: int) -> int:
    """Return where our own limit was passed, if libyaml passed its own at *index*.

    Newer versions have a limit of 1000, and scan so far ahead that they find it
    before the events reach the builder.
    """
    openings = _LIBYAML_DEEPEST - DEEPEST
    while openings and index:
        index -= 1
        openings += {"[": -1, "{": -1, "]": 1, "}": 1}.get(source[index], 0)
    return index
