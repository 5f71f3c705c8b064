"""Single values of a chart: `set` of helmfile, `parameters` of Argo CD.

Each has a `name`, the dotted path of a value, and the value. They override all
files of values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.model.occurrence import Reason
from imagelock.sources.shared.set_values import APART, image_set
from imagelock.syntax.yaml_json.paths import NodeRef, scalar_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.substituted_file import SubstitutedFile


def set_values(file: SubstitutedFile, entries: Iterable[NodeRef]) -> Iterator[Found]:
    """Yield the images of *entries*, mappings of `name` and `value`.

    A tag is combined with the `repository` that is set beside it. A part without
    the others is skipped, as they are in the values of the chart.
    """
    places: dict[str, NodeRef] = {}
    texts: dict[str, str] = {}
    for entry in entries:
        key, value = scalar_at(entry.node, "name"), scalar_at(entry.node, "value")
        if key and value and value.value.strip():
            places[key.value] = NodeRef(value, (entry.path, "value"), entry.node)
            texts[key.value] = value.value.strip()
    for name, at in places.items():
        image = image_set(name, texts)
        if image:
            yield file.classify(image, at)
        elif image is not None:
            yield file.skip(at, Reason.SET_VALUE, f"`{name}`: {APART}")
