"""XML as a tree of elements, with the place of each text in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.parsers.expat import ExpatError, ParserCreate, errors

from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST: Final = 200
"""Elements within each other. No file of a tool has as many."""


@dataclass(slots=True, eq=False)
class XmlElement:
    """An element with its `children`, and the `text` directly in it.

    `start` and `end` are the character offsets of that text, from its first character
    up to the tag that ends the element; they are equal if there is none.
    """

    name: str
    parent: XmlElement | None = None
    children: list[XmlElement] = field(default_factory=list)
    text: str = ""
    start: int = -1
    end: int = -1

    def child(self, *names: str) -> XmlElement | None:
        """Return the first element at a path of *names*, if there is one."""
        return next(self.each(*names), None)

    def each(self, *names: str) -> Iterator[XmlElement]:
        """Yield the elements at a path of *names*; `*` is any name."""
        found = [self]
        for name in names:
            found = [c for e in found for c in e.children if name in ("*", c.name)]
        yield from found

    def named(self, name: str) -> Iterator[XmlElement]:
        """Yield the elements called *name*, however deep, in the order of the file."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            if element.name == name:
                yield element
            waiting += reversed(element.children)


class XmlProblemError(Exception):
    """The text is no XML, or XML that is not read: `str` says why, `offset` where."""

    def __init__(self, detail: str, offset: int) -> None:
        super().__init__(detail)
        self.offset = offset


def parse_xml(source: str) -> XmlElement:
    """Return the root element of *source*.

    A document type is not read, as its entities can take all memory.

    Raises:
        XmlProblemError: for anything but a well-formed document.
    """
    builder = _Builder(source.encode("utf-8", "replace"))
    return builder.root()


class _Builder:
    """Builds the tree of a document in UTF-8."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._top = self._current = XmlElement("")
        # The texts of each open element: adding one to another would copy them all.
        self._texts: list[list[str]] = []
        # The place that was asked for last, in bytes and in characters.
        self._byte = self._character = 0
        self._parser = ParserCreate("utf-8")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse

    def root(self) -> XmlElement:
        try:
            self._parser.Parse(self._data, True)  # noqa: FBT003 - it is positional
        except ExpatError as error:
            self._byte = self._character = 0
            detail = f"no XML: {errors.messages[error.code]}"
            raise XmlProblemError(detail, self._offset()) from None
        return self._top.children[0]

    def _offset(self) -> int:
        """Return the character at which the parser is."""
        at = self._parser.CurrentByteIndex
        passed = self._data[self._byte : at].decode("utf-8", "ignore")
        self._byte, self._character = at, self._character + len(passed)
        return self._character

    def _begin(self, name: str, attributes: object) -> None:
        del attributes
        self._texts.append([])
        if len(self._texts) > _DEEPEST:
            raise XmlProblemError("elements are too deep", self._offset())
        element = XmlElement(name.rpartition(":")[2], self._current)
        self._current.children.append(element)
        self._current = element

    def _end(self, name: str) -> None:
        del name
        element, self._current = self._current, self._current.parent or self._top
        element.text = "".join(self._texts.pop())
        element.end = self._offset()
        element.start = element.start if element.start >= 0 else element.end

    def _characters(self, text: str) -> None:
        element = self._current
        if element.start < 0:
            element.start = self._offset()
        self._texts[-1].append(text)

    def _refuse(self, *_: object) -> None:
        raise XmlProblemError("a document type, which is not read", self._offset())
