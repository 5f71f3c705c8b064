"""Templates of YAML: files that are YAML only when a program has rendered them.

What the program replaces is masked, character for character, so that the rest can
be parsed and every position stays what it was:

    {% if x %}          alone in its lines: blank
    image: a:{{ tag }}  the value is a text that contains `{{ tag }}`
    image: #@ name      a value of ytt, which is a comment to YAML
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

_MASK: Final = "\ue000"
"""A character for private use, which YAML allows anywhere in a text."""

_ENDS: Final = {"{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>", "%{": "}"}
_ACTION: Final = re.compile(
    r"\{[{%#]|<%|%\{|@[A-Za-z_]\w{0,60}+@|%%[A-Za-z_]\w{0,60}+%%"
)
_STATEMENT: Final = re.compile(
    r"%\{|\{[%#]|<%(?!=)|\{\{[-~]?\s*+(?:[#^/!>]|(?:block|define|else|end|if|range|template"
    r"|with)\b|\$\w+ *:?=)"
)
_COMMENT: Final = re.compile(r"\{#|\{\{[-~]?\s*+(?:/\*|!)")
_REST: Final = re.compile(r"[ \t\r]*+(?:\n|\Z)")
_COMMENTED: Final = ("#@", "#%", "#{", "# {{", "# {%")
_DIRECTIVE: Final = re.compile(r"^[ \t]*+#(?:@[ \t]|%|\{| \{[{%])", re.MULTILINE)
_VALUE: Final = re.compile(r"(?<=[:-])[ \t]++(?P<value>#@[ \t][^\r\n]*+|#\{.*?\}#)")
_COLON: Final = re.compile(r"(?<=[^\s\"'\[{,]):(?=[,\]}])")
_VISIBLE: Final = re.compile(r"[^\r\n]")
_MOST_VARIANTS: Final = 8


def has_actions(source: str) -> bool:
    """Return whether *source* has anything of a template language in it."""
    return _ACTION.search(source) is not None


def is_in_comments(source: str) -> bool:
    """Return whether *source* is a template in the comments of YAML, such as of ytt."""
    return any(mark in source for mark in _COMMENTED) and bool(
        _DIRECTIVE.search(source) or _VALUE.search(source)
    )


def mask_comments(source: str) -> str:
    """Return *source* with values that are comments to YAML as masked text."""
    return _VALUE.sub(
        lambda match: match[0].replace(match["value"], _MASK * len(match["value"])),
        source,
    )


def mask_actions(source: str) -> str:
    """Return *source* with its actions masked, or blank where they leave nothing."""
    parts: list[str] = []
    position = 0
    is_first = True
    for start, end in _actions(source):
        before, action = source[position:start], source[start:end]
        position = end
        head, newline, tail = before.rpartition("\n")
        is_first = not tail.strip() and (is_first or bool(newline))
        is_alone = is_first and (_REST.match(source, position) is not None)
        is_statement = is_first and _STATEMENT.match(action)
        is_comment = before[-1:].isspace() and _COMMENT.match(action)
        if is_alone or is_statement or is_comment:
            action = _VISIBLE.sub(" ", action)
        else:
            action, is_first = _MASK * len(action), False
        parts += (head, newline, tail, action)
    return "".join((*parts, source[position:]))


def _actions(source: str) -> Iterator[tuple[int, int]]:
    """Yield the range of each action; what is never closed is none."""
    unclosed: set[str] = set()
    position = 0
    while match := _ACTION.search(source, position):
        start, position = match.span()
        if closing := _ENDS.get(match[0]):
            end = -1 if closing in unclosed else source.find(closing, position)
            if end < 0:
                # It is not looked for again: there may be a million of them.
                unclosed.add(closing)
                continue
            position = end + len(closing)
        yield start, position


def mask_colons(source: str) -> str:
    """Return *source* with each colon masked that only go-yaml reads as text.

    It is the end of a plain text in a list or mapping in brackets: `[10.0.0.1, ::]`.
    """
    return _COLON.sub(_MASK, source)


def unmasked(root: Node, masked: str, source: str, offset: int) -> Node:
    """Return *root* with what is hidden in *masked* as in *source*; see `variants`.

    All alternatives of a key that is written twice are there.
    """
    return _Rendering(masked, source, offset, None).node(root)


def variants(root: Node, masked: str, source: str, offset: int) -> Iterator[Node]:
    """Yield the documents that *root* may be when its template is rendered.

    A key that is written twice is one of two alternatives: each document has one.
    What is hidden in *masked* is the text of *source* again, which begins at *offset*
    of the whole text.
    """
    for choice in range(_alternatives(root)):
        yield _Rendering(masked, source, offset, choice).node(root)


@dataclass(slots=True)
class _Rendering:
    """A copy of a tree with the original text, and the *choice*-th of alternatives.

    Without a choice, all of them are there.
    """

    masked: str
    source: str
    offset: int
    choice: int | None
    _copies: dict[int, Node] = field(default_factory=dict)

    def node(self, node: Node) -> Node:
        """Return the copy of *node*; aliases of one node stay one."""
        if (copy := self._copies.get(id(node))) is None:
            copy = self._copies[id(node)] = self._copy(node)
        return copy

    def _copy(self, node: Node) -> Node:
        match node:
            case Scalar():
                return self._scalar(node)
            case Sequence(items=items):
                return replace(node, items=tuple(map(self.node, items)))
            case Mapping():
                pairs = tuple(
                    (self._scalar(key), self.node(value))
                    for key, value in self._chosen(node)
                )
                return Mapping(pairs, node.start, node.end, node.tag)

    def _scalar(self, scalar: Scalar) -> Scalar:
        if _MASK not in scalar.value:
            return scalar
        start, end = scalar.start - self.offset, scalar.end - self.offset
        pieces = zip(self.masked[start:end], self.source[start:end], strict=True)
        hidden = iter([character for mask, character in pieces if mask == _MASK])
        value = re.sub(_MASK, lambda _: next(hidden, _MASK), scalar.value)
        return replace(scalar, value=value, null=False)

    def _chosen(self, mapping: Mapping) -> Iterator[tuple[Scalar, Node]]:
        if self.choice is None:
            yield from mapping.pairs
            return
        twice = mapping.duplicate_keys
        values: dict[str, list[tuple[Scalar, Node]]] = {}
        for pair in mapping.pairs:
            values.setdefault(pair[0].value, []).append(pair)
        for pair in mapping.pairs:
            of_key = values[pair[0].value]
            chosen = of_key[min(self.choice, len(of_key) - 1)]
            if pair[0].value not in twice or pair is chosen:
                yield pair


def _alternatives(root: Node) -> int:
    """Return how often the most frequent key of a mapping below *root* is there."""
    most, stack, seen = 1, [root], {id(root)}
    while stack:
        node = stack.pop()
        children: tuple[Node, ...] = ()
        if isinstance(node, Mapping):
            children = tuple(value for _, value in node.pairs)
            if len(node.items) < len(node.pairs):
                keys = Counter(key.value for key, _ in node.pairs if key.value != "<<")
                most = max(most, *keys.values())
        elif isinstance(node, Sequence):
            children = node.items
        stack += (child for child in children if id(child) not in seen)
        seen.update(map(id, children))
    return min(most, _MOST_VARIANTS)
