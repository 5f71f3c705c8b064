"""Parse a Go template into a tree.

See `text/template/parse/parse.go` of Go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.syntax.go_template.nodes import (
    Body,
    Branch,
    Choice,
    GoPipeline,
    GoTemplate,
    Leave,
    Loop,
    Node,
    Output,
    Plain,
    TemplateCall,
)
from imagelock.syntax.go_template.pipelines import Pipelines
from imagelock.syntax.go_template.tokens import Action, GoTemplateError, split

if TYPE_CHECKING:
    from imagelock.syntax.go_template.tokens import Token

_DEEPEST: Final = 60
"""How deep actions may be in each other; real templates have a tenth."""


def parse(source: str) -> GoTemplate:
    """Return the tree of *source*.

    Raises:
        GoTemplateError: it is no template.
    """
    parser = _Parser(list(split(source)))
    body, end = parser.body()
    if end:
        raise GoTemplateError(f"`{end[0].value}` has no beginning")
    return GoTemplate(body, parser.defined)


class _Parser:
    def __init__(self, items: list[str | Action]) -> None:
        self.items = iter(items)
        self.defined: dict[str, Body] = {}
        self.depth = 0

    def body(self) -> tuple[Body, tuple[Token, ...]]:
        """Return the nodes up to an `else` or `end`, and the tokens of that."""
        nodes: list[Node] = []
        for item in self.items:
            if isinstance(item, str):
                if item:
                    nodes.append(Plain(item))
                continue
            if not item.tokens:
                continue
            word = item.tokens[0].value if item.tokens[0].kind == "word" else ""
            if word in {"else", "end"}:
                return tuple(nodes), item.tokens
            if (node := self.node(word, item.tokens)) is not None:
                nodes.append(node)
        return tuple(nodes), ()

    def node(self, word: str, tokens: tuple[Token, ...]) -> Node | None:
        """Return the node that the action with *tokens* begins."""
        rest = Pipelines(tokens[1:])
        match word:
            case "if" | "with":
                return self.choice(word, tokens)
            case "range":
                pipeline = rest.whole(most_targets=2)
                body, otherwise = self.two_bodies()
                return Loop(pipeline, body, otherwise)
            case "define" | "block":
                name = rest.name()
                inner = None if word == "define" else rest.whole()
                self.defined[name] = self.inner_body()
                return TemplateCall(name, inner) if inner else None
            case "template":
                name = rest.name()
                return TemplateCall(name, rest.whole() if rest.has_more else None)
            case "break" | "continue" if len(tokens) == 1:
                return Leave(word == "break")
        return Output(Pipelines(tokens).whole())

    def choice(self, word: str, tokens: tuple[Token, ...]) -> Choice:
        """Return an `if` or `with`, whose `else` can have a condition again."""
        branches: list[Branch] = []
        condition: GoPipeline | None = Pipelines(tokens[1:]).whole()
        while True:
            body, end = self.part()
            branches.append(Branch(condition, body))
            if end[0].value == "end":
                return Choice(tuple(branches), word == "with")
            if condition is None or (len(end) > 1 and end[1].value != word):
                raise GoTemplateError("an `else` is in the wrong place")
            condition = Pipelines(end[2:]).whole() if len(end) > 1 else None

    def two_bodies(self) -> tuple[Body, Body]:
        """Return the body up to `else`, and that behind it."""
        body, end = self.part()
        if end[0].value == "end":
            return body, ()
        return body, self.inner_body()

    def inner_body(self) -> Body:
        """Return the body up to `end`."""
        body, end = self.part()
        if end[0].value != "end":
            raise GoTemplateError("an `else` is in the wrong place")
        return body

    def part(self) -> tuple[Body, tuple[Token, ...]]:
        """Return the nodes up to an `else` or `end` that must be there."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise GoTemplateError("actions are too deep in each other")
        body, end = self.body()
        self.depth -= 1
        if not end:
            raise GoTemplateError("an action has no `end`")
        return body, end
