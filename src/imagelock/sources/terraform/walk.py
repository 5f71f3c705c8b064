"""Find the images of Terraform resources."""

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
    from imagelock.sources.terraform.resources import ResourceRule
    from imagelock.syntax.hcl.tree import Expression

_TRANSPARENT: Final = frozenset(
    {"coalesce", "coalescelist", "compact", "concat", "distinct", "flatten"}
    | {"jsonencode", "merge", "nonsensitive", "sensitive", "setunion", "tolist"}
    | {"toset", "try"}
)
"""Functions that return their arguments, or their JSON."""

_LONGEST: Final = 300
_MOST_HOPS: Final = 3
"""How many local values may refer to one another; each can be nested deeply."""

_BUILD_OUTPUT: Final = "is the name of what is built here"


class ResourceWalk:
    """A walk through the resources of a file; it follows each local value once."""

    def __init__(self, file: HclFile) -> None:
        self._file = file
        self._visited: set[int] = set()
        self._hops = 0

    def images(self, body: Object, rule: ResourceRule, use: str) -> Iterator[Found]:
        """Yield the images that *rule* finds in *body*; *use* is its address."""
        is_output = rule.is_output or (
            rule.output != "" and body.get(rule.output) is not None
        )
        for path in rule.paths:
            for value, path_use in select(body, path.split("."), use):
                if is_output:
                    reason = Reason.BUILD_OUTPUT
                    yield self._file.skipped(value, path_use, reason, _BUILD_OUTPUT)
                else:
                    yield from self._image(value, path_use)
        for name in rule.encoded:
            for value, name_use in select(body, [name], use):
                yield from self._encoded(value, name_use)
        if rule.containers:
            yield from self._containers(body, use)

    def _image(self, value: Expression, use: str) -> Iterator[Found]:
        if not isinstance(value, Items | Object) and not is_empty(value):
            yield self._file.image(value, use)

    def _containers(self, value: Expression, use: str) -> Iterator[Found]:
        """Yield the images of the containers anywhere in *value*."""
        for item, item_use in items_of(value, use):
            for name, inner in pairs_of(item):
                inner_use = below(item_use, name)
                if name in CONTAINERS:
                    yield from self._container(inner, inner_use)
                yield from self._containers(inner, inner_use)

    def _container(self, value: Expression, use: str) -> Iterator[Found]:
        for item, item_use in items_of(value, use):
            image = item.get("image") if isinstance(item, Object) else None
            if image is not None:
                yield from self._image(image, below(item_use, "image"))

    def _encoded(self, value: Expression, use: str) -> Iterator[Found]:
        """Yield every `image` in *value*, which is JSON or encoded as JSON."""
        match value:
            case Template(pieces=(Hole(expression=inner),), scalar=None) if inner:
                yield from self._encoded(inner, use)
            case Template():
                yield from encoded_images(self._file, value, use)
            case Traversal():
                yield from self._in_local(value, use)
            case Items() | Object():
                yield from self._in_items(value, use)
            case _:
                operands = operands_of(value)
                if not operands:
                    yield self._computed(value, use)
                for operand in operands:
                    yield from self._encoded(operand, use)

    def _in_items(self, value: Items | Object, use: str) -> Iterator[Found]:
        for item, item_use in items_of(value, use):
            if isinstance(item, Object):
                yield from self._image_keys(item, item_use)
            elif not isinstance(item, Template):
                yield from self._encoded(item, item_use)

    def _in_local(self, value: Traversal, use: str) -> Iterator[Found]:
        """Yield the images in the local value that *value* refers to, once."""
        definition = self._file.scope.definition(".".join(value.steps))
        if is_null(value) or id(definition) in self._visited:
            return
        if definition is None or self._hops == _MOST_HOPS:
            yield self._computed(value, use)
            return
        self._visited.add(id(definition))
        self._hops += 1
        yield from self._encoded(definition, use)
        self._hops -= 1

    def _computed(self, value: Expression, use: str) -> Found:
        detail = "is computed when the file is run"
        return self._file.skipped(value, use, Reason.EXPRESSION, detail)

    def _image_keys(self, value: Expression, use: str) -> Iterator[Found]:
        """Yield the images at the keys `image` below *value*, in upper or lower case."""
        for item, item_use in items_of(value, use):
            match item:
                case Items():
                    yield from self._image_keys(item, item_use)
                case Call() | Computed():
                    for operand in operands_of(item):
                        yield from self._image_keys(operand, item_use)
                case _:
                    yield from self._in_pairs(item, item_use)

    def _in_pairs(self, value: Expression, use: str) -> Iterator[Found]:
        for name, inner in pairs_of(value):
            inner_use = below(use, name)
            if name.lower() == "image":
                yield from self._image(inner, inner_use)
            else:
                yield from self._image_keys(inner, inner_use)


def operands_of(value: Call | Computed) -> tuple[Expression, ...]:
    """Return the operands that *value* may have as its result, not its condition."""
    if isinstance(value, Computed):
        return tuple([part for part in value.parts if _is_data(part)])
    return value.arguments if value.name in _TRANSPARENT else ()


def _is_data(value: Expression) -> bool:
    """Return whether *value* is JSON, or can be encoded as JSON."""
    if isinstance(value, Template):
        first = next(iter(value.pieces), None)
        return isinstance(first, Piece) and first.text.lstrip()[:1] in {"[", "{"}
    return not isinstance(value, Traversal)


def select(
    value: Expression, steps: list[str], use: str
) -> Iterator[tuple[Expression, str]]:
    """Yield the values at *steps* below *value*, with their paths."""
    if not steps:
        yield value, use
        return
    for item, item_use in items_of(value, use):
        for name, inner in pairs_of(item):
            if name == steps[0]:
                yield from select(inner, steps[1:], below(item_use, name))


def items_of(value: Expression, use: str) -> Iterator[tuple[Expression, str]]:
    """Yield the items of a list, or *value* itself, with their paths."""
    if isinstance(value, Items):
        for number, item in enumerate(value.items):
            yield item, f"{use[-_LONGEST:]}[{number}]"
    else:
        yield value, use


def pairs_of(value: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield the names and values in *value*, with `dynamic` blocks expanded."""
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
        bodies = (
            [(labels[0], item)] if labels else [(p.name, p.value) for p in item.pairs]
        )
        for name, bodies_of_name in bodies:
            for body in each(bodies_of_name):
                content = body.get("content") if isinstance(body, Object) else None
                if content is not None:
                    yield name, content
