"""Single values of a chart: `set` of helmfile, `parameters` of Argo CD.

Each has a `name`, the dotted path of a value, and the value. They override all
files of values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.syntax.yaml_json.paths import NodeRef, scalar_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.substituted_file import SubstitutedFile

_WHOLE: Final = re.compile(r"(?:^|\.)(?:image|\w*Image)$")
_PART: Final = re.compile(
    r"(?P<image>(?:^|.*\.)(?:image|\w*Image))\.(?:repository|tag|digest|sha)$"
)


def set_values(file: SubstitutedFile, entries: Iterable[NodeRef]) -> Iterator[Found]:
    """Yield the images of *entries*, mappings of `name` and `value`.

    A tag is combined with the `repository` that is set beside it. A part without
    the others is skipped, as they are in the values of the chart.
    """
    values = {}
    for entry in entries:
        key, value = scalar_at(entry.node, "name"), scalar_at(entry.node, "value")
        if key and value and value.value.strip():
            values[key.value] = NodeRef(value, (entry.path, "value"), entry.node)
    texts = {name: _text(at) for name, at in values.items()}
    for name, at in values.items():
        part = _PART.match(name)
        if part and not (
            name.endswith(".repository") and f"{part['image']}.tag" in texts
        ):
            yield _part(file, at, texts, part["image"], name)
        elif _WHOLE.search(name) and ("/" in texts[name] or ":" in texts[name]):
            yield file.classify(texts[name], at)


def _part(
    file: SubstitutedFile, at: NodeRef, texts: dict[str, str], image: str, name: str
) -> Found:
    repository = texts.get(f"{image}.repository", "")
    if repository and name == f"{image}.tag":
        registry = texts.get(f"{image}.registry", "")
        full = f"{registry}/{repository}" if registry else repository
        return file.classify(f"{full}:{texts[name]}", at)
    detail = f"`{name}`: it is set apart from the other parts of the image"
    return file.skip(at, Reason.SET_VALUE, detail)


def _text(at: NodeRef) -> str:
    return at.node.value.strip() if isinstance(at.node, Scalar) else ""
