"""Parse the JSON form of HCL (JSON Syntax Specification, hashicorp/hcl).

Every string is a template. Blocks are objects, and their labels are keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.syntax.hcl.expressions import template
from imagelock.syntax.hcl.parser import Problem
from imagelock.syntax.hcl.tree import (
    Expression,
    HclPair,
    Items,
    Object,
    Piece,
    Template,
    Traversal,
    number,
)
from imagelock.syntax.yaml_json.builder import Builder, MalformedError
from imagelock.syntax.yaml_json.json_tokens import parse as parse_json
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.tree import Node

_LITERAL: Final = frozenset("$%")


def parse(text: str) -> tuple[Object, list[Problem]]:
    """Return *text* as an object, and the problem if it does not parse.

    Nothing is raised.
    """
    try:
        nodes = list(parse_json(text, Builder()))
    except MalformedError as error:
        start = min(error.index, len(text.rstrip()))
        end = text.find("\n", start)
        problem = Problem(start, len(text) if end < 0 else end, str(error))
        return Object((), 0, len(text)), [problem]
    pairs: list[HclPair] = []
    for node in nodes:
        if isinstance(node, Mapping):
            pairs += _object(node, text).pairs
    return Object(tuple(pairs), 0, len(text)), []


def _object(node: Mapping, text: str) -> Object:
    pairs: list[HclPair] = []
    for key, value in node.pairs:
        pairs.append(HclPair(key.value, _value(value, text)))
    return Object(tuple(pairs), node.start, node.end)


def _value(node: Node, text: str) -> Expression:
    if isinstance(node, Mapping):
        return _object(node, text)
    if isinstance(node, Scalar):
        return _scalar(node, text)
    items = tuple(_value(item, text) for item in node.items)
    return Items(items, node.start, node.end)


def _scalar(node: Scalar, text: str) -> Expression:
    if node.null:
        return Traversal(("null",), node.start, node.end)
    if node.value[:1].isdigit() and text[node.start - 1] != '"':
        piece = number(node.value, 0, len(node.value))
        return Template((piece,), node.start, node.end, node)
    if _LITERAL.isdisjoint(node.value):
        piece = Piece(node.value, 0, len(node.value))
        return Template((piece,), node.start, node.end, node)
    return template(node.value, node)
