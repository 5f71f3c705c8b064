"""Images in single values of a chart, which override all files of values.

`set` of helmfile, `setValues` of Skaffold, `parameters` of Argo CD: each has a dotted
path in the values of the chart, and a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import replace
from imagelock.model.occurrence import Reason
from imagelock.sources.helm.images import images
from imagelock.sources.shared.set_values import APART, image_at
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as AnyMapping

    from imagelock.model.occurrence import Found
    from imagelock.sources.helm.values_chart import ValuesChart
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.tree import Node


def set_places(entries: Iterable[NodeRef]) -> dict[str, NodeRef]:
    """Return the values of *entries*, mappings of `name` and `value`, by their paths."""
    places: dict[str, NodeRef] = {}
    for entry in entries:
        key, value = scalar_at(entry.node, "name"), scalar_at(entry.node, "value")
        if key and value and value.value.strip():
            places[key.value] = NodeRef(value, (entry.path, "value"), entry.node)
    return places


def images_at(
    file: SubstitutedFile, places: AnyMapping[str, NodeRef], chart: ValuesChart
) -> Iterator[Found]:
    """Yield the images of the scalars at *places*, by their paths in the values.

    Without the templates of the chart, a tag is combined with the `repository` that is
    set beside it. A part without the others is skipped, as they are in the values of
    the chart.
    """
    if chart.views:
        yield from _rendered(file, places, chart)
        return
    texts = {name: _value(at) for name, at in places.items()}
    for name, at in places.items():
        image = image_at(name, texts)
        if image:
            yield file.classify(image, at)
        elif image is not None:
            yield file.skip(at, Reason.SET_VALUE, f"`{name}`: {APART}")


def _rendered(
    file: SubstitutedFile, places: AnyMapping[str, NodeRef], chart: ValuesChart
) -> Iterator[Found]:
    """Yield what the templates make of the values."""
    tree: dict[str, Node] = {}
    for name, at in places.items():
        # `--set` takes `1.20` for a text, as a block scalar is.
        scalar = Scalar(_value(at), at.node.start, at.node.end, block=True)
        _put(tree, name.split("."), scalar)
    known = {file.place(at).span: file.place(at) for at in places.values()}
    for finding in images(file, NodeRef(_mapping(tree)), VisitLimit(), chart):
        yield replace(finding, place=known.get(finding.place.span, finding.place))


def _put(tree: dict[str, Node], path: list[str], scalar: Scalar) -> None:
    first, *rest = path
    if rest:
        inner = tree.get(first)
        items = dict(inner.items) if isinstance(inner, Mapping) else {}
        _put(items, rest, scalar)
        tree[first] = _mapping(items)
    else:
        tree[first] = scalar


def _mapping(items: dict[str, Node]) -> Mapping:
    pairs = tuple((Scalar(key, 0, 0), node) for key, node in items.items())
    return Mapping(pairs, 0, 0)


def _value(at: NodeRef) -> str:
    return at.node.value.strip() if isinstance(at.node, Scalar) else ""
