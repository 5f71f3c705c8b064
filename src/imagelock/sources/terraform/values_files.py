"""The files with values of a `helm_release`: `file("x.yaml")` and `templatefile(…)`."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.context import path_below
from imagelock.sources.helm.listed_values import ListedValues, text_part, used_values
from imagelock.sources.helm.values_chart import chart_in
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.sources.terraform.releases import set_names
from imagelock.sources.terraform.walk import items_of, select
from imagelock.syntax.hcl.tree import Call, Hole, Piece, Template, Traversal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.helm.listed_values import Layer
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.syntax.hcl.tree import Expression, Object

_FILES: Final = frozenset({"file", "templatefile"})
_DIRECTIVE: Final = re.compile(r"(?<!%)%\{[^\n]*")
_ARGUMENT: Final = "values"
_HERE: Final = ("path", "module")
"""The folder of the file: the other paths are those of the module that is applied."""


def values_images(file: HclFile, body: Object, context: Context) -> Iterator[Found]:
    """Yield the images in the files with values of *body*, a `helm_release`."""
    layers = _layers(file, body)
    outer = SubstitutedFile(path=file.path, text=file.text, format=file.format)
    readable: list[Layer] = []
    for layer in layers:
        text = context.read(layer) if isinstance(layer, PurePosixPath) else None
        directive = _DIRECTIVE.search(text.value) if text else None
        if text and directive and isinstance(layer, PurePosixPath):
            yield from _template(layer, text, directive)
        else:
            readable.append(layer)
    chart = body.get("chart")
    name = _path(file, chart) if chart is not None else None
    folder = path_below(file.path.parent, name or "")
    local = chart_in(folder, context)
    listed = ListedValues(outer, context)
    yield from listed.images(readable, local, name or "", set_names(body))


def values_relations(
    file: HclFile, body: Object, context: Context
) -> Iterator[Relation]:
    """Yield the files with values of *body*, a `helm_release`."""
    yield from used_values(_layers(file, body), context)


def _layers(file: HclFile, body: Object) -> list[Layer]:
    """Return the values of *body*, as far as they are texts in the project."""
    return [
        layer
        for value, use in select(body, [_ARGUMENT], "")
        for item, _ in items_of(value, use)
        if (layer := _layer(file, item)) is not None
    ]


def _layer(file: HclFile, value: Expression) -> Layer | None:
    match value:
        case Call(name=name, arguments=(first, *_)) if name in _FILES:
            target = _path(file, first)
            return path_below(file.path.parent, target) if target else None
        case Template(pieces=(Hole(expression=inner),)) if inner is not None:
            return _layer(file, inner)
        case Template():
            return text_part(file.scope.as_written(value)[0])
        case _:
            return None


def _path(file: HclFile, value: Expression) -> str | None:
    """Return the path that *value* is, from the folder of *file*, if it is known."""
    if not isinstance(value, Template):
        return file.scope.meaning(value).known_text
    parts: list[str | None] = []
    for piece in value.pieces:
        if isinstance(piece, Piece):
            parts.append(piece.text)
        elif isinstance(piece.expression, Traversal) and (
            piece.expression.steps == _HERE
        ):
            parts.append(".")
        elif piece.expression is not None:
            parts.append(file.scope.meaning(piece.expression).known_text)
        else:
            return None
    return None if None in parts else "".join(filter(None, parts))


def _template(
    path: PurePosixPath, text: Text, directive: re.Match[str]
) -> Iterator[Found]:
    """Yield the file at *path* as skipped, which is no YAML before it is rendered."""
    if "image" in text.value.lower():
        file = SourceFile(path=path, text=text, format="helm-values")
        place = file.place_of(*directive.span(), "")
        detail = f"{quoted(place.text)} cannot be read before it is rendered"
        yield Skipped(place=place, reason=Reason.TEMPLATE, detail=detail)
