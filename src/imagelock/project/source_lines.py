"""Lines of the files of a project, for messages about them."""

from __future__ import annotations

from imagelock.errors import UnreadableFileError
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.model.source_text import Text
from imagelock.project.boundary import read_inside
from imagelock.source_line import SourceLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path, PurePosixPath

    from imagelock.model.span import Span

    FindLine = Callable[[PurePosixPath, Span], SourceLine | None]

_VALUES: Final = (".env", ".tfvars")
"""How the names of files end that are nothing but values, some of them secret."""


def line_finder(
    root: Path, contents: Mapping[PurePosixPath, bytes] | None = None
) -> FindLine:
    """Return what finds the line of a file below *root* that a span begins in.

    *contents* are files as they were when they were read, if they were written since.
    It finds none if the file has changed, cannot be read, or may have secrets.
    """
    return _ProjectLines(root, contents or {}).find


def lines_of(data: bytes) -> FindLine:
    """Return what finds the line of *data*, the only file, that a span begins in."""

    def find(_path: PurePosixPath, span: Span) -> SourceLine | None:
        return _line(data, Text.decode(data), span)

    return find


def span_of(root: Path, path: PurePosixPath, source: SourceLine) -> Span | None:
    """Return where *source* is in the file at *path* below *root*.

    `None` if the file cannot be read, or has another line there by now.
    """
    try:
        text = Text.decode(read_inside(root, path))
    except UnreadableFileError:
        return None
    lines = text.value.split("\n")[: source.line]
    if len(lines) < source.line or lines.pop().removesuffix("\r") != source.text:
        return None
    start = sum(len(line) + 1 for line in lines) + source.column - 1
    return text.span(start, start + source.length)


class _ProjectLines:
    def __init__(self, root: Path, contents: Mapping[PurePosixPath, bytes]) -> None:
        self._root = root
        self._contents = contents
        self._texts: dict[PurePosixPath, tuple[bytes, Text] | None] = {}

    def find(self, path: PurePosixPath, span: Span) -> SourceLine | None:
        if path not in self._texts:
            self._texts[path] = None if _is_secret(path) else self._read(path)
        if (read := self._texts[path]) is None:
            return None
        return _line(*read, span)

    def _read(self, path: PurePosixPath) -> tuple[bytes, Text] | None:
        try:
            data = self._contents.get(path) or read_inside(self._root, path)
            return data, Text.decode(data)
        except UnreadableFileError:
            return None


def _is_secret(path: PurePosixPath) -> bool:
    name = path.name.lower()
    return name.endswith(_VALUES) or name.startswith(".env.")


def _line(data: bytes, text: Text, span: Span) -> SourceLine | None:
    start = len(text.decode_part(data[text.mark : span.start]))
    end = start + len(text.decode_part(data[span.start : span.end]))
    source = SourceLine.cut(text.value, start, end)
    is_same = (source.line, source.column) == (span.line, span.column)
    return source if is_same else None
