"""Read YAML through libyaml's parse events, which keep the place of everything.

Events, because PyYAML's own composer refuses duplicate anchors, which YAML
allows, and its constructors choke on tags such as `!reset` and on `{{ x }}`.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import yaml

from imagelock.sources.builder import Builder, MalformedError
from imagelock.sources.tree import Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import Event

Loader = type[yaml.CSafeLoader] | type[yaml.SafeLoader]

FASTEST: Final[Loader] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_RANGE: Final = attrgetter("start_mark.index", "end_mark.index")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BLANK: Final = " \t\r\n\x85\u2028\u2029"
_PROPERTY: Final = re.compile(
    rf"[&!][^{_BLANK}]*(?:[{_BLANK}]|(?<=[{_BLANK}])#[^\r\n]*)*"
)
_HEADER: Final = re.compile(rf"[|>][^\r\n{_BLANK[4:]}]*")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NO_CHARACTER: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Replace, one for one, the characters at which a YAML reader gives up.

    Control characters become blanks, and halves of surrogate pairs, which stand
    for bytes that are not UTF-8, become U+FFFD. A byte order mark that is left
    at the start becomes a line break: libyaml would not count it.
    """
    if text.startswith("\ufeff"):
        text = f"\n{text[1:]}"
    return _NO_CHARACTER.sub("\ufffd", _CONTROL.sub(" ", text))


def parse(
    source: str, builder: Builder, offset: int = 0, loader: Loader = FASTEST
) -> Iterator[Node]:
    """Yield the documents of *source*, which is `clean`, empty ones left out.

    *offset* is where *source* begins in the text, in characters; the places of
    the nodes count from the start of the text.

    Raises:
        MalformedError: it is not YAML from there on.
    """
    last = offset
    try:
        for event in yaml.parse(source, Loader=loader):
            if isinstance(event, yaml.DocumentEndEvent):
                if node := builder.take():
                    yield node
            else:
                last = _feed(builder, event, source, offset, last)
    except yaml.YAMLError as error:
        builder.discard()
        raise _malformed(error, source, offset) from error
    except MalformedError:
        builder.discard()
        raise


def _feed(builder: Builder, event: Event, source: str, offset: int, last: int) -> int:
    """Hand *event* to *builder*; return where the latest content ends."""
    start, end = _RANGE(event)
    match event:
        case yaml.ScalarEvent():
            scalar = _scalar(event, source, offset)
            builder.scalar(scalar, event.anchor)
            return scalar.end if scalar.block else end + offset
        case yaml.CollectionStartEvent():
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            builder.open(
                start + offset,
                is_mapping=is_mapping,
                anchor=event.anchor,
                tag=event.tag,
            )
        case yaml.CollectionEndEvent():
            # In block style the event stands at the next token, however far.
            last = last if start == end else end + offset
            builder.close(last)
        case yaml.AliasEvent():
            last = end + offset
            builder.alias(event.anchor or "", start + offset, last)
        case _:
            pass
    return last


def _scalar(event: yaml.ScalarEvent, source: str, offset: int) -> Scalar:
    start, end = _RANGE(event)
    if event.anchor is not None or event.tag is not None:
        start = _behind_properties(source, start, end)
    style = event.style
    if not style:
        null = event.implicit[0] and event.value in _NULLS
        return Scalar(event.value, start + offset, end + offset, null)
    if style in "'\"":
        return Scalar(event.value, start + 1 + offset, end - 1 + offset)
    start, end = _block(source, start, end)
    return Scalar(event.value, start + offset, end + offset, block=True)


def _behind_properties(source: str, start: int, end: int) -> int:
    """Return where the content begins behind an anchor, a tag and comments."""
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
    """Say in one line, in the parser's own words, what is wrong and where."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return MalformedError(" ".join(str(error).split()), offset)
    index = error.problem_mark.index
    if error.context_mark and not source[index:].strip():
        # What is never closed is better shown where it begins.
        index = error.context_mark.index
    words = f"{error.problem or ''} {error.context or ''}".split()
    return MalformedError(" ".join(words).rstrip("."), index + offset)
