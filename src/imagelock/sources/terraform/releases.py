"""Single values of a chart in `helm_release`: blocks `set`, or a list of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.shared.set_values import APART, image_at
from imagelock.sources.terraform.walk import items_of, pairs_of
from imagelock.syntax.hcl.strings import is_empty, literal
from imagelock.syntax.hcl.tree import Object, below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.syntax.hcl.tree import Expression

_SETS: Final = frozenset({"set", "set_sensitive"})


def single_values(file: HclFile, body: Object, use: str) -> Iterator[Found]:
    """Yield the images in the single values of *body*, a `helm_release`.

    A tag is combined with the `repository` that is set beside it. A part without
    the others is skipped, as they are in the values of the chart.
    """
    values = dict(_values(body, use))
    meanings = {name: file.scope.meaning(value) for name, (value, _) in values.items()}
    texts = {name: meaning.text.strip() for name, meaning in meanings.items()}
    for name, (value, value_use) in values.items():
        image = image_at(name, texts)
        if image:
            whole = 0, len(meanings[name].text)
            yield file.named(meanings[name], whole, value_use, image)
        elif image is not None:
            detail = f"is the value of `{name}`: {APART}"
            yield file.skipped(value, value_use, Reason.SET_VALUE, detail)


def _values(body: Object, use: str) -> Iterator[tuple[str, tuple[Expression, str]]]:
    for argument, entries in pairs_of(body):
        if argument not in _SETS:
            continue
        for entry, entry_use in items_of(entries, below(use, argument)):
            name = entry.get("name") if isinstance(entry, Object) else None
            value = entry.get("value") if isinstance(entry, Object) else None
            path = literal(name) if name is not None else None
            if path and value is not None and not is_empty(value):
                yield path, (value, below(entry_use, "value"))
