"""TOML as the tree that YAML and JSON have, so that paths lead to places in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.syntax.toml import TomlError, loads
from imagelock.syntax.toml_places import ranges
from imagelock.syntax.yaml_json.documents import Broken
from imagelock.syntax.yaml_json.templates import has_actions
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Map

    from imagelock.model.source_text import Text
    from imagelock.syntax.toml_places import Path, Range
    from imagelock.syntax.yaml_json.tree import Node

_QUOTES: Final = ('"""', "'''", '"', "'")


def documents(text: Text) -> Iterator[Node | Broken]:
    """Yield the document of *text*, or why it cannot be read."""
    source = text.value
    try:
        data = loads(source)
        tree = _Tree(source, *ranges(source))
        yield tree.node(data, ())
    except (RecursionError, ValueError) as error:
        start, end = _line_of(source, error)
        extent = 0, len(source)
        detail = str(error) if isinstance(error, ValueError) else "it nests too deeply"
        yield Broken(start, end, detail, has_actions(source), extent)


def _line_of(source: str, error: Exception) -> Range:
    """Return the range of the line that *error* is about, the first if unknown."""
    number = error.line if isinstance(error, TomlError) else 1
    start = 0
    for _ in range(number - 1):
        start = source.find("\n", start) + 1
    line = source[start:].partition("\n")[0]
    visible = line.lstrip()
    start += len(line) - len(visible)
    return start, start + len(visible.rstrip())


class _Tree:
    """Builds the nodes of a document from its values and their ranges."""

    def __init__(
        self, source: str, keys: Map[Path, Range], values: Map[Path, Range]
    ) -> None:
        self._source = source
        self._keys = keys
        self._values = values

    def node(self, value: Any, path: Path) -> Node:  # noqa: ANN401 - any of TOML
        """Return the node of *value*, which is at *path*."""
        start, end = self._values.get(path) or self._keys.get(path) or (0, 0)
        if isinstance(value, dict):
            pairs = tuple(
                (self._key(name, (*path, name)), self.node(inner, (*path, name)))
                for name, inner in value.items()
            )
            return Mapping(pairs, start, end)
        if isinstance(value, list):
            items = enumerate(value)
            return Sequence(
                tuple(self.node(item, (*path, at)) for at, item in items), start, end
            )
        return self._scalar(value, start, end)

    def _key(self, name: str, path: Path) -> Scalar:
        start, end = self._keys.get(path, (0, 0))
        return Scalar(name, start, end)

    def _scalar(self, value: Any, start: int, end: int) -> Scalar:  # noqa: ANN401
        text = self._source[start:end]
        quote = next(
            (q for q in _QUOTES if isinstance(value, str) and text[:3].startswith(q)),
            "",
        )
        start, end = start + len(quote), max(end - len(quote), start + len(quote))
        return Scalar(value if isinstance(value, str) else text, start, end)
