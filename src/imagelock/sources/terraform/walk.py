"""Find what a resource of Terraform names as images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.shared.hcl_embedded import encoded_images
from imagelock.sources.terraform.resources import CONTAINERS
from imagelock.syntax.hcl.strings import is_empty
from imagelock.syntax.hcl.tree import (
    Call,
    Computed,
    Hole,
    Items,
    Object,
    Piece,
    Template,
    Traversal,
    below,
    each,
    is_null,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.sources.terraform.resources import Rule
    from imagelock.syntax.hcl.tree import Expression

_TRANSPARENT: Final = frozenset(
    {"coalesce", "coalescelist", "compact", "concat", "distinct", "flatten"}
    | {"jsonencode", "merge", "nonsensitive", "sensitive", "setunion", "tolist"}
    | {"toset", "try"}
)
"""Functions that pass on what they are given, or write it as JSON."""

_LONGEST: Final = 300
_MOST_HOPS: Final = 3
"""How many local values may lead to one another, each nested as deep as it may be."""

_WHAT_A_BUILD_MAKES: Final = "is the name of what is built here"


class Walk:
    """One walk through the resources of a file."""

    def __init__(self, file: HclFile) -> None:
        self._file = file
        self._met: set[int] = set()
        self._hops = 0

    def resource(self, body: Object, rule: Rule, use: str) -> Iterator[Found]:
        """Yield what *rule* says of *body*, the resource with the address *use*."""
        is_output = rule.is_output or (
            rule.output != "" and body.get(rule.output) is not None
        )
        for path in rule.paths:
            for value, where in _select(body, path.split("."), use):
                if is_output:
                    detail = _WHAT_A_BUILD_MAKES
                    reason = Reason.BUILD_OUTPUT
                    yield self._file.skipped(value, where, reason, detail)
                else:
                    yield from self._image(value, where)
        for name in rule.encoded:
            for value, where in _select(body, [name], use):
                yield from self._encoded(value, where)
        if rule.containers:
            yield from self._containers(body, use)

    def _image(self, value: Expression, use: str) -> Iterator[Found]:
        if not isinstance(value, Items | Object) and not is_empty(value):
            yield self._file.image(value, use)

    def _containers(self, value: Expression, use: str) -> Iterator[Found]:
        """Yield the images of the containers anywhere in *value*."""
        for item, where in _items(value, use):
            for name, inner in _pairs(item):
                here = below(where, name)
                if name in CONTAINERS:
                    yield from self._container(inner, here)
                yield from self._containers(inner, here)

    def _container(self, value: Expression, use: str) -> Iterator[Found]:
        for item, where in _items(value, use):
            image = item.get("image") if isinstance(item, Object) else None
            if image is not None:
                yield from self._image(image, below(where, "image"))

    def _encoded(self, value: Expression, use: str) -> Iterator[Found]:
        """Yield every `image` in *value*, which is JSON or becomes it."""
        match value:
            case Template(pieces=(Hole(expression=inner),), scalar=None) if inner:
                yield from self._encoded(inner, use)
            case Template():
                yield from encoded_images(self._file, value, use)
            case Traversal():
                yield from self._defined(value, use)
            case Items() | Object():
                yield from self._listed(value, use)
            case _:
                parts = _passed_on(value)
                if not parts:
                    yield self._computed(value, use)
                for part in parts:
                    yield from self._encoded(part, use)

    def _listed(self, value: Items | Object, use: str) -> Iterator[Found]:
        for item, where in _items(value, use):
            if isinstance(item, Object):
                yield from self._keys(item, where)
            elif not isinstance(item, Template):
                yield from self._encoded(item, where)

    def _defined(self, value: Traversal, use: str) -> Iterator[Found]:
        """Go on in the local value that *value* names, once."""
        found = self._file.scope.definition(".".join(value.steps))
        if is_null(value) or id(found) in self._met:
            return
        if found is None or self._hops == _MOST_HOPS:
            yield self._computed(value, use)
            return
        self._met.add(id(found))
        self._hops += 1
        yield from self._encoded(found, use)
        self._hops -= 1

    def _computed(self, value: Expression, use: str) -> Found:
        detail = "is computed when the file is run"
        return self._file.skipped(value, use, Reason.EXPRESSION, detail)

    def _keys(self, value: Expression, use: str) -> Iterator[Found]:
        """Yield the images below the keys `image`, in whatever case."""
        for item, where in _items(value, use):
            match item:
                case Items():
                    yield from self._keys(item, where)
                case Call() | Computed():
                    for part in _passed_on(item):
                        yield from self._keys(part, where)
                case _:
                    yield from self._below(item, where)

    def _below(self, value: Expression, use: str) -> Iterator[Found]:
        for name, inner in _pairs(value):
            here = below(use, name)
            if name.lower() == "image":
                yield from self._image(inner, here)
            else:
                yield from self._keys(inner, here)


def _passed_on(value: Call | Computed) -> tuple[Expression, ...]:
    """Return what *value* passes on, or chooses from: not what it compares."""
    if isinstance(value, Computed):
        return tuple([part for part in value.parts if _is_data(part)])
    return value.arguments if value.name in _TRANSPARENT else ()


def _is_data(value: Expression) -> bool:
    """Tell whether *value* can be JSON, or become it."""
    if isinstance(value, Template):
        first = next(iter(value.pieces), None)
        return isinstance(first, Piece) and first.text.lstrip()[:1] in {"[", "{"}
    return not isinstance(value, Traversal)


def _select(
    value: Expression, steps: list[str], use: str
) -> Iterator[tuple[Expression, str]]:
    """Yield what is at *steps* below *value*, with the path to it."""
    if not steps:
        yield value, use
        return
    for item, where in _items(value, use):
        for name, inner in _pairs(item):
            if name == steps[0]:
                yield from _select(inner, steps[1:], below(where, name))


def _items(value: Expression, use: str) -> Iterator[tuple[Expression, str]]:
    if isinstance(value, Items):
        for number, item in enumerate(value.items):
            yield item, f"{use[-_LONGEST:]}[{number}]"
    else:
        yield value, use


def _pairs(value: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield names and values of *value*; a `dynamic` block is what it makes."""
    if not isinstance(value, Object):
        return
    for pair in value.pairs:
        if pair.name == "dynamic":
            yield from _dynamic(pair.value, pair.labels)
        else:
            yield pair.name, pair.value


def _dynamic(
    value: Expression, labels: tuple[str, ...] | None
) -> Iterator[tuple[str, Expression]]:
    for item in each(value):
        if not isinstance(item, Object):
            continue
        named = (
            [(labels[0], item)] if labels else [(p.name, p.value) for p in item.pairs]
        )
        for name, body in named:
            for one in each(body):
                content = one.get("content") if isinstance(one, Object) else None
                if content is not None:
                    yield name, content
